"""Names and numbers that every stage uses."""

from typing import Literal

IGNORE = -100
"""Target of positions that have no label; what ``torch.nn.functional.cross_entropy`` leaves out."""

SplitName = Literal["train", "validation", "test"]
"""The three splits, as they are spelled in file names and in results."""

SPLITS: tuple[SplitName, ...] = ("train", "validation", "test")

TAGGING_METRICS = ("accuracy", "f1", "f1_strict")
"""Scores of tag sequences, as configs and results name them: share of right words; lenient span F1, which is
XTREME's; IOB2 span F1."""

CLASSIFICATION_METRICS = ("accuracy", "f1", "f1_macro", "matthews")
"""Scores of classes: share of right ones; F1 of the last class; mean F1 of all classes; correlation."""

SPAN_QA_METRICS = ("exact_match", "f1")
"""Scores of answers, normalised: share of those that are the same, and mean overlap of words."""

ANSWER_RULES = ("squad", "mlqa")
"""How answers are normalised: as SQuAD v1.1 for every language, or as MLQA for each of its own."""

BITEXT_MINING_METRICS = ("f1", "precision", "recall")
"""Scores of the set of mined pairs."""

TUNINGS = ("full", "freeze_n", "bitfit", "layernorm", "lora", "adapter")
"""Which weights a phase trains: all; all but embeddings and first blocks; biases; layer norms; LoRA's;
adapters'."""

MLQA_LANGUAGES = ("en", "es", "de", "vi", "ar", "hi", "zh")
"""Languages whose answers MLQA's rules know."""

POOLINGS = ("cls", "mean")
"""States of a sentence to one vector: that of the first token, or the mean of all."""

SAMPLINGS = ("uniform", "proportional", "temperature")
"""How rows are shared out between languages, and batches between the tasks of a mixture: equally; in
proportion to their numbers of examples; or between the two."""

REGRESSION_METRICS = ("spearman", "pearson")
"""Correlations of predicted numbers with given ones, times 100."""

RAW_FORMATS = ("text", "jsonl")
"""How lines to predict for are written: plain text, or a JSON object each."""
