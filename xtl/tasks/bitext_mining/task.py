"""Bitext mining from files to scores: retrieval's module and batches, and a threshold of the margin."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from xtl.data.raw import RawReader
from xtl.metrics.functional import score_pairs
from xtl.models import HFBackbone
from xtl.modules.optim import OptimizerFactory
from xtl.progress import progress_meter
from xtl.schemas.backbone import EmbeddingConfig
from xtl.schemas.data import DataConfig
from xtl.statistics.examples import ExampleCounts, Formula, Kind
from xtl.tasks.base import Task
from xtl.tasks.bitext_mining.config import BitextMiningConfig
from xtl.tasks.bitext_mining.decode import best_margin, mine
from xtl.tasks.bitext_mining.encode import different_sentences, encode_bitext_mining
from xtl.tasks.bitext_mining.reader import BitextMiningReader
from xtl.tasks.retrieval.collate import RetrievalCollator
from xtl.tasks.retrieval.decode import vector_records
from xtl.tasks.retrieval.embedding import embedding_of, resolved, tokenised
from xtl.tasks.retrieval.encode import encode_retrieval, encode_sequences
from xtl.tasks.retrieval.module import SentenceEncoder
from xtl.tasks.retrieval.reader import RawRetrievalReader
from xtl.tasks.retrieval.retrieval_accuracy import RetrievalAccuracy
from xtl.tasks.retrieval.types import RetrievalFeature, RetrievalPrediction, RetrievalSequence, Sentence
from xtl.tasks.sources import source_of
from xtl.types import BitextMiningExample

SCHEMA = pa.schema(
    [
        ("uid", pa.string()),
        ("source", pa.string()),
        ("target", pa.string()),
        ("margin", pa.float64()),
        ("gold", pa.bool_()),
        ("predicted", pa.bool_()),
    ]
)
"""Columns of a file of predictions: a row for each mined pair, best first, then one without a margin for each
translation that was not mined. ``predicted``: its margin reaches the threshold."""

_FORMULAS = {
    "f1": Formula(Kind.F1, ("right", "predicted", "gold")),
    "precision": Formula(Kind.SHARE, ("right", "predicted")),
    "recall": Formula(Kind.SHARE, ("right", "gold")),
}
"""How each score comes from counts per source sentence."""

_MANY = 10**9
"""Pairs that a CPU compares in seconds; what takes less needs no line of its progress."""

IdPair = tuple[str, str]
"""Ids of a source and of a target sentence."""


class BitextMiningTask(Task):
    """Mining task over one source of data."""

    feature_type = RetrievalFeature

    def __init__(self, config: BitextMiningConfig, data: DataConfig, embedding: EmbeddingConfig) -> None:
        self._view = resolved(config.embedding, embedding)
        super().__init__(replace(config, embedding=self._view))
        self.raw: RawReader = RawRetrievalReader()
        self.answers: tuple[str, ...] = ("vector",)
        self._neighbours = config.neighbours
        self._index = config.index
        reader = BitextMiningReader(task=config.name, pivot=config.pivot)
        self.source = source_of(config, data, reader)

    def encode(
        self, examples: Sequence[BitextMiningExample], tokenizer: PreTrainedTokenizerBase
    ) -> list[RetrievalFeature]:
        """Features of the different sentences of both sides."""
        features: list[RetrievalFeature] = []
        for example in examples:
            for side in (0, 1):
                texts = different_sentences(example, side)
                sequences = self._sequences(texts, tokenizer, side, f"{example.lang}:{example.uid}")
                features += encode_bitext_mining(example, texts, sequences)
        return features

    def raw_features(
        self, examples: Sequence[Sentence], tokenizer: PreTrainedTokenizerBase
    ) -> list[RetrievalFeature]:
        """Features of single sentences."""
        sequences = self._sequences([example.text for example in examples], tokenizer, 0, "raw text")
        return list(encode_retrieval(examples, zip(sequences, strict=True)))

    def _sequences(
        self, texts: Sequence[str], tokenizer: PreTrainedTokenizerBase, side: int, name: str
    ) -> list[RetrievalSequence]:
        encoded = tokenised(texts, tokenizer, self._view, max_len=self.config.max_len)
        if num_cut := sum(bool(encoding.overflowing) for encoding in encoded):
            cut = f"{num_cut:,} of {len(texts):,} {('source', 'target')[side]} sentences cut to max_len="
            self.skip_counts.add(f"{cut}{self.config.max_len} sub-words", name)
        special_tokens = bool(self._view.special_tokens)
        return list(encode_sequences(encoded, special_tokens=special_tokens, side=side))

    @property
    def reads_first_token(self) -> bool:
        """Whether the first token stands for a sentence, as ``embedding.pooling`` says."""
        return self._view.pooling == "cls"

    def collator(self, pad_id: int) -> RetrievalCollator:
        """Collator of padded batches."""
        return RetrievalCollator(pad_id=pad_id)

    def module(
        self,
        backbone: HFBackbone,
        optimizer: OptimizerFactory,
        *,
        dropout: float,  # noqa: ARG002  there is no head
    ) -> SentenceEncoder:
        """Module without weights but the encoder's.

        Raises:
            ConfigError: if the encoder has no layer that is to be pooled.
        """
        embedding = embedding_of(self._view, backbone.num_layers, task=self.name)
        return SentenceEncoder(
            backbone, embeddings=[embedding], metric=RetrievalAccuracy(), optimizer=optimizer
        )

    def tune(
        self, examples: Sequence[BitextMiningExample], predictions: Sequence[RetrievalPrediction]
    ) -> float:
        """Margin with the best F1."""
        (example,) = examples
        mined = self._mined(example, predictions)
        return best_margin([(margin, ids in example.gold) for margin, ids in mined], len(example.gold))

    def table(
        self,
        examples: Sequence[BitextMiningExample],
        predictions: Sequence[RetrievalPrediction],
        threshold: float | None = None,
    ) -> pa.Table:
        """Mined pairs of ids, with a mark on those whose margin reaches the threshold, and what they miss."""
        (example,) = examples
        least_margin = threshold or 0.0
        mined = self._mined(example, predictions)
        missed = sorted(example.gold - {ids for _, ids in mined})
        pairs: list[tuple[float | None, IdPair]] = [*mined, *((None, ids) for ids in missed)]
        rows = [
            {
                "uid": example.uid,
                "source": ids[0],
                "target": ids[1],
                "margin": margin,
                "gold": ids in example.gold,
                "predicted": margin is not None and margin >= least_margin,
            }
            for margin, ids in pairs
        ]
        return pa.Table.from_pylist(rows, schema=SCHEMA)

    def records(
        self,
        examples: Sequence[Sentence],
        predictions: Sequence[RetrievalPrediction],
        threshold: float | None = None,  # noqa: ARG002  vectors have none
    ) -> list[dict[str, Any]]:
        """Record of each sentence: its vector."""
        return vector_records(examples, predictions)

    def scores(self, table: pa.Table) -> dict[str, float]:
        """Each of the task's metrics, in [0, 100], from a table of predictions of one language."""
        rows = table.to_pylist()
        predicted, gold = (
            [(row["source"], row["target"]) for row in rows if row[column]]
            for column in ("predicted", "gold")
        )
        return {metric: score_pairs(metric, predicted, gold) for metric in self.config.metrics}

    def counts(self, examples: Sequence[BitextMiningExample], table: pa.Table) -> ExampleCounts:
        """Pairs of each source sentence, by its id: how many are right, mined and wanted."""
        (example,) = examples
        rows = table.to_pylist()
        predicted, gold = (
            {(row["source"], row["target"]) for row in rows if row[column]}
            for column in ("predicted", "gold")
        )
        pairs = {"right": predicted & gold, "predicted": predicted, "gold": gold}
        of_source = {name: Counter(source for source, _ in sorted(chosen)) for name, chosen in pairs.items()}
        ids = list(dict.fromkeys([*example.text_of_id, *of_source["predicted"], *of_source["gold"]]))
        return ExampleCounts.of(
            ids,
            {name: [counts[id_] for id_ in ids] for name, counts in of_source.items()},
            {metric: _FORMULAS[metric] for metric in self.config.metrics},
        )

    def _mined(
        self, example: BitextMiningExample, predictions: Sequence[RetrievalPrediction]
    ) -> list[tuple[float, IdPair]]:
        """Margins and ids of mined pairs; sentences that stand there twice are dropped, as in XTREME."""
        sources, targets = (_side(example, predictions, side) for side in (0, 1))
        source_ids, target_ids = (self._id_of(example, side) for side in (0, 1))
        pairs: list[tuple[float, IdPair]] = []
        num_compared = len(sources[0]) * len(targets[0])
        # Lines, not a bar: that of the evaluation is drawn already.
        title = f"{self.name} pairs compared ({example.lang})"
        with progress_meter(title, num_compared, live=False) as progress:

            def advance(count: int) -> None:
                if num_compared >= _MANY:
                    progress.advance(count, tokens=0)

            mined = mine(sources[1], targets[1], k=self._neighbours, index=self._index, advance=advance)
        for margin, source, target in mined:
            ids = source_ids.get(sources[0][source]), target_ids.get(targets[0][target])
            if ids[0] is not None and ids[1] is not None:
                pairs.append((margin, (ids[0], ids[1])))
        return pairs

    def _id_of(self, example: BitextMiningExample, side: int) -> Mapping[str, str]:
        """Id of each sentence that stands on its side only once; the others are counted.

        As XTREME compares them: without the white space around them.
        """
        texts = example.translation_of_id if side else example.text_of_id
        counts = Counter(text.strip() for text in texts.values())
        for id_, text in texts.items():
            if counts[text.strip()] > 1:
                reason = "not mined: the same sentence stands there more than once"
                self.skip_counts.add(reason, f"{example.lang}:{id_}")
        return {text: id_ for id_, text in texts.items() if counts[text.strip()] == 1}


def _side(
    example: BitextMiningExample, predictions: Sequence[RetrievalPrediction], side: int
) -> tuple[list[str], Tensor]:
    """Sentences of one side, and their vectors, ``(N, H)``."""
    chosen = [
        prediction
        for prediction in predictions
        if prediction["side"] == side and prediction["id"] == example.id
    ]
    return [prediction["name"] for prediction in chosen], torch.stack(
        [prediction["vector"] for prediction in chosen]
    )
