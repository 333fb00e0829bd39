"""Questions from files to scores: what the phases ask of a task, composed from the parts below."""

from collections.abc import Mapping, Sequence
from functools import partial
from math import isfinite
from typing import Any

import pyarrow as pa
from transformers import PreTrainedTokenizerBase

from xtl.data.raw import RawReader
from xtl.data.source import FilteredSource
from xtl.metrics import SquadScore
from xtl.metrics.functional import answer_scores, score_answers
from xtl.models import Backbone
from xtl.modules.optim import OptimizerFactory
from xtl.schemas.backbone import EmbeddingConfig
from xtl.schemas.data import DataConfig
from xtl.tasks.base import Task, source_of
from xtl.tasks.span_qa.collate import SpanQACollator
from xtl.tasks.span_qa.config import SpanQAConfig
from xtl.tasks.span_qa.decode import BestAnswer, best_answer, best_threshold
from xtl.tasks.span_qa.encode import PairSpecialIds, WindowSizes, encode_span_qa
from xtl.tasks.span_qa.module import SpanQA
from xtl.tasks.span_qa.reader import RawSpanQAReader, SpanQAReader, filter_span_qa
from xtl.tasks.span_qa.types import SpanQAFeature, SpanQAPrediction
from xtl.types import SPAN_QA_METRICS, ExampleId, SpanQAExample

SCHEMA = pa.schema(
    [
        ("uid", pa.string()),
        ("id", pa.string()),
        ("lang", pa.string()),
        ("question", pa.string()),
        ("gold", pa.list_(pa.string())),
        ("predicted", pa.string()),
        ("start", pa.int64()),
        ("end", pa.int64()),
        ("probability", pa.float64()),
        ("null_margin", pa.float64()),
    ]
)
"""Columns of a file of predictions: ``id`` is the data set's own, empty without one; ``predicted`` is what is
scored, empty for no answer; ``start`` and ``end`` are the characters of the best span, ``null_margin`` the
score of no answer minus that span's."""


class SpanQATask(Task):
    """One task of questions over one source of data."""

    def __init__(self, config: SpanQAConfig, data: DataConfig, embedding: EmbeddingConfig) -> None:  # noqa: ARG002  no vectors
        super().__init__(config)
        self._labels = ("start", "end")
        self.raw: RawReader = RawSpanQAReader()
        asked = ("null_margin", "threshold") if config.unanswerable else ()
        self.answers: tuple[str, ...] = ("answer", "start", "end", "score", *asked)
        self._unanswerable = config.unanswerable
        self._rules = config.rules
        self._sizes = WindowSizes(
            max_len=config.max_len, doc_stride=config.doc_stride, max_query=config.max_query
        )
        sift = partial(filter_span_qa, unanswerable=config.unanswerable, skip_counts=self.skip_counts)
        self.source = FilteredSource(
            source_of(config, data, SpanQAReader(task=config.name)), sift, self.skip_counts
        )

    def encode(
        self, examples: Sequence[SpanQAExample], tokenizer: PreTrainedTokenizerBase
    ) -> list[SpanQAFeature]:
        """Encode questions in windows. Each different context is tokenised once."""
        contexts = list(dict.fromkeys(example.context for example in examples))
        if not contexts:
            return []
        questions = tokenizer(
            [example.question for example in examples], add_special_tokens=False, verbose=False
        )["input_ids"]
        encoded = tokenizer(contexts, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        at = {context: index for index, context in enumerate(contexts)}
        special = _pair_specials(tokenizer)
        features: list[SpanQAFeature] = []
        for example, question in zip(examples, questions, strict=True):
            windows = list(
                encode_span_qa(
                    example,
                    question,
                    encoded["input_ids"][at[example.context]],
                    encoded["offset_mapping"][at[example.context]],
                    special=special,
                    sizes=self._sizes,
                )
            )
            if example.answers and not any(window["start"] for window in windows):
                self.skip_counts.add(
                    "kept, but no window holds the answer whole; training learns that there is none",
                    f"{example.lang}:{example.uid}",
                )
            features += windows
        return features

    raw_features = encode

    def collator(self, pad_id: int) -> SpanQACollator:
        """Build what makes a padded batch."""
        return SpanQACollator(pad_id=pad_id)

    def module(self, backbone: Backbone, optimizer: OptimizerFactory, *, dropout: float) -> SpanQA:
        """Build a module with a new head."""
        return SpanQA(
            backbone,
            metric=SquadScore(self.config.metrics[0], rules=self._rules),
            optimizer=optimizer,
            unanswerable=self._unanswerable,
            dropout=dropout,
        )

    def tune(self, examples: Sequence[SpanQAExample], predictions: Sequence[SpanQAPrediction]) -> float:
        """Choose the null margin above which no answer is given: the one with the best score."""
        margins, answered, unanswered = [], [], []
        at = SPAN_QA_METRICS.index(self.config.metrics[0])
        for example, found in zip(examples, _answers(examples, predictions), strict=True):
            golds = [answer.text for answer in example.answers]
            text = example.context[found.start : found.end].strip()
            margins.append(found.null_margin)
            answered.append(answer_scores(text, golds, lang=example.lang, rules=self._rules)[at])
            unanswered.append(answer_scores("", golds, lang=example.lang, rules=self._rules)[at])
        return best_threshold(margins, answered, unanswered)

    def table(
        self,
        examples: Sequence[SpanQAExample],
        predictions: Sequence[SpanQAPrediction],
        threshold: float | None = None,
    ) -> pa.Table:
        """Put answers beside the questions they are for.

        Raises:
            ValueError: if a question has no prediction, or there is one for none of them.
        """
        rows = []
        for example, found in zip(examples, _answers(examples, predictions), strict=True):
            given = threshold is None or found.null_margin <= threshold
            rows.append(
                {
                    "uid": example.uid,
                    "id": example.source_id,
                    "lang": example.lang,
                    "question": example.question,
                    "gold": [answer.text for answer in example.answers],
                    "predicted": example.context[found.start : found.end].strip() if given else "",
                    "start": found.start,
                    "end": found.end,
                    "probability": found.probability,
                    "null_margin": found.null_margin,
                }
            )
        return pa.Table.from_pylist(rows, schema=SCHEMA)

    def records(
        self,
        examples: Sequence[SpanQAExample],
        predictions: Sequence[SpanQAPrediction],
        threshold: float | None = None,
    ) -> list[dict[str, Any]]:
        """Give each answer, its characters of the context (end exclusive) and its probability.

        No answer is an empty text without a place. Where questions need not have one, the margin of no answer
        and the threshold above which none is given stand beside it; a margin of ``None`` means that no span
        could be one.
        """
        given = (threshold or 0.0) if self._unanswerable else None
        rows = self.table(examples, predictions, given).to_pylist()
        return [_record(example, row, given) for example, row in zip(examples, rows, strict=True)]

    def scores(self, table: pa.Table) -> dict[str, float]:
        """Compute each of the task's metrics from a table of predictions of one language, in [0, 100]."""
        predicted, gold = table.column("predicted").to_pylist(), table.column("gold").to_pylist()
        lang = table.column("lang")[0].as_py()
        return {
            metric: score_answers(metric, predicted, gold, lang=lang, rules=self._rules)
            for metric in self.config.metrics
        }


def _record(example: SpanQAExample, row: Mapping[str, Any], threshold: float | None) -> dict[str, Any]:
    text, span = row["predicted"], example.context[row["start"] : row["end"]]
    start = row["start"] + len(span) - len(span.lstrip()) if text else None
    record = {
        "answer": text,
        "start": start,
        "end": None if start is None else start + len(text),
        "score": round(row["probability"], 6),
    }
    if threshold is None:
        return record
    margin = row["null_margin"]
    return record | {"null_margin": round(margin, 6) if isfinite(margin) else None, "threshold": threshold}


def _answers(examples: Sequence[SpanQAExample], predictions: Sequence[SpanQAPrediction]) -> list[BestAnswer]:
    windows: dict[ExampleId, list[SpanQAPrediction]] = {example.id: [] for example in examples}
    for prediction in sorted(predictions, key=lambda one: one["window"]):
        if prediction["id"] not in windows:
            raise ValueError(f"expected predictions for the given questions only, got {prediction['id']}")
        windows[prediction["id"]].append(prediction)
    missing = [str(id_) for id_, answers in windows.items() if not answers]
    if missing:
        raise ValueError(f"expected a prediction for each question, got none for {', '.join(missing[:5])}")
    return [best_answer(found) for found in windows.values()]


def _pair_specials(tokenizer: PreTrainedTokenizerBase) -> PairSpecialIds:
    """See what the tokenizer puts around two texts."""
    first, second = (tokenizer(text, add_special_tokens=False)["input_ids"] for text in ("a", "b"))
    ids = tokenizer("a", "b")["input_ids"]
    starts = [at for at in range(len(ids)) if ids[at : at + len(first)] == first]
    ends = [at for at in range(len(ids)) if ids[at : at + len(second)] == second]
    prefix, between, suffix = (
        ids[: starts[0]],
        ids[starts[0] + len(first) : ends[-1]],
        ids[ends[-1] + len(second) :],
    )
    return PairSpecialIds(prefix=tuple(prefix), between=tuple(between), suffix=tuple(suffix))
