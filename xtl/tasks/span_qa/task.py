"""Questions from files to scores."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import pyarrow as pa
from transformers import PreTrainedTokenizerBase

from xtl.data.raw import RawReader
from xtl.data.source import FilteredSource
from xtl.data.splits import Subset, examples_of
from xtl.metrics import SquadScore
from xtl.metrics.functional import answer_scores, score_answers
from xtl.models import Backbone, encode_texts
from xtl.modules.optim import OptimizerFactory
from xtl.schemas.backbone import EmbeddingConfig
from xtl.schemas.data import DataConfig
from xtl.statistics.examples import ExampleCounts, Formula, Kind
from xtl.tasks.base import Task
from xtl.tasks.chance import Chance, best_constant, chance_of_share
from xtl.tasks.sources import source_of
from xtl.tasks.span_qa.collate import SpanQACollator
from xtl.tasks.span_qa.config import SpanQAConfig
from xtl.tasks.span_qa.decode import BestAnswer, answer_record, best_answer, best_threshold
from xtl.tasks.span_qa.encode import WindowSizes, encode_span_qa, pair_special_ids
from xtl.tasks.span_qa.module import SpanQA
from xtl.tasks.span_qa.reader import RawSpanQAReader, SpanQAReader, filter_span_qa
from xtl.tasks.span_qa.types import Scoring, SpanQAFeature, SpanQAPrediction
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
    """Task of questions over one source of data."""

    example_type = SpanQAExample
    feature_type = SpanQAFeature

    def __init__(self, config: SpanQAConfig, data: DataConfig, embedding: EmbeddingConfig) -> None:  # noqa: ARG002  no vectors
        super().__init__(config)
        self._labels = ("start", "end")
        self.raw: RawReader = RawSpanQAReader()
        of_threshold = ("null_margin", "threshold") if config.unanswerable else ()
        self.answers: tuple[str, ...] = ("answer", "start", "end", "score", *of_threshold)
        self._unanswerable = config.unanswerable
        self._scoring = Scoring(rules=config.rules, unanswerable=config.unanswerable)
        self._sizes = WindowSizes(
            max_len=config.max_len, doc_stride=config.doc_stride, max_query=config.max_query
        )
        filter_ = partial(filter_span_qa, unanswerable=config.unanswerable, skip_counts=self.skip_counts)
        source = source_of(config, data, SpanQAReader(task=config.name))
        self.source = FilteredSource(source, filter_, self.skip_counts)

    def encode(
        self, examples: Sequence[SpanQAExample], tokenizer: PreTrainedTokenizerBase
    ) -> list[SpanQAFeature]:
        """Features of questions, in windows. Each different context is tokenised once."""
        contexts = list(dict.fromkeys(example.context for example in examples))
        if not contexts:
            return []
        questions = encode_texts(tokenizer, [example.question for example in examples], special_tokens=False)
        encoded = tokenizer(contexts, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        index_of = {context: index for index, context in enumerate(contexts)}
        first, second = (tokenizer(text, add_special_tokens=False)["input_ids"] for text in ("a", "b"))
        special = pair_special_ids(first, second, tokenizer("a", "b")["input_ids"])
        windows_of = partial(encode_span_qa, special=special, sizes=self._sizes)
        features: list[SpanQAFeature] = []
        for example, question in zip(examples, questions, strict=True):
            index = index_of[example.context]
            ids, offsets = (encoded[name][index] for name in ("input_ids", "offset_mapping"))
            windows = list(windows_of(example, question.ids, ids, offsets))
            if example.answers and not any(window["start"] for window in windows):
                self._count("no window holds the answer whole; training learns that there is none", example)
            if len(question.ids) > self._sizes.max_query:
                self._count(f"the question is cut to max_query={self._sizes.max_query} sub-words", example)
            features += windows
        return features

    raw_features = encode

    def _count(self, reason: str, example: SpanQAExample) -> None:
        self.skip_counts.add(f"kept, but {reason}", f"{example.lang}:{example.uid}")

    def chance(self, validation: Sequence[Subset], tokenizer: PreTrainedTokenizerBase) -> Chance | None:  # noqa: ARG002
        """Best score of no answer, or of the whole context, to all questions."""
        examples: list[SpanQAExample] = examples_of(validation)
        if not examples:
            return None
        column = SPAN_QA_METRICS.index(self.config.metrics[0])
        answers = [""] * len(examples), [example.context for example in examples]
        score = best_constant(lambda texts: self._mean_score(texts, examples, column), answers)
        return chance_of_share(score, len(examples))

    def _mean_score(self, texts: Sequence[str], examples: Sequence[SpanQAExample], column: int) -> float:
        scores = [
            answer_scores(
                text, [answer.text for answer in example.answers], lang=example.lang, **self._scoring
            )[column]
            for text, example in zip(texts, examples, strict=True)
        ]
        return sum(scores) / len(scores)

    @property
    def reads_first_token(self) -> bool:
        """Whether the first token stands for no answer: where there are questions without one."""
        return self._unanswerable

    def collator(self, pad_id: int) -> SpanQACollator:
        """Collator of padded batches."""
        return SpanQACollator(pad_id=pad_id)

    def module(self, backbone: Backbone, optimizer: OptimizerFactory, *, dropout: float) -> SpanQA:
        """Module with a new head."""
        return SpanQA(
            backbone,
            metric=SquadScore(self.config.metrics[0], **self._scoring),
            optimizer=optimizer,
            unanswerable=self._unanswerable,
            dropout=dropout,
        )

    def tune(self, examples: Sequence[SpanQAExample], predictions: Sequence[SpanQAPrediction]) -> float:
        """Null margin above which no answer is given: the one that is best for the first metric.

        Other metrics are scored at the same one, where the official script of SQuAD 2.0 tunes one for each.
        """
        margins, answered, unanswered = [], [], []
        metric = SPAN_QA_METRICS.index(self.config.metrics[0])
        for example, best in zip(examples, self._best(examples, predictions), strict=True):
            golds = [answer.text for answer in example.answers]
            text = example.context[best.start : best.end].strip()
            margins.append(best.null_margin)
            answered.append(answer_scores(text, golds, lang=example.lang, **self._scoring)[metric])
            unanswered.append(answer_scores("", golds, lang=example.lang, **self._scoring)[metric])
        return best_threshold(margins, answered, unanswered)

    def table(
        self,
        examples: Sequence[SpanQAExample],
        predictions: Sequence[SpanQAPrediction],
        threshold: float | None = None,
    ) -> pa.Table:
        """Answers beside the questions they are for.

        Raises:
            ValueError: if a question has no prediction, or there is one for none of them.
        """
        rows = []
        for example, best in zip(examples, self._best(examples, predictions), strict=True):
            is_answered = threshold is None or best.null_margin <= threshold
            rows.append(
                {
                    "uid": example.uid,
                    "id": example.source_id,
                    "lang": example.lang,
                    "question": example.question,
                    "gold": [answer.text for answer in example.answers],
                    "predicted": example.context[best.start : best.end].strip() if is_answered else "",
                    "start": best.start,
                    "end": best.end,
                    "probability": best.probability,
                    "null_margin": best.null_margin,
                }
            )
        return pa.Table.from_pylist(rows, schema=SCHEMA)

    def records(
        self,
        examples: Sequence[SpanQAExample],
        predictions: Sequence[SpanQAPrediction],
        threshold: float | None = None,
    ) -> list[dict[str, Any]]:
        """Record of each question: answer, characters of the context (end exclusive), and probability.

        No answer is an empty text without a place. Where questions need not have one, the margin of no answer
        and the threshold above which none is given stand beside it; a margin of ``None`` means that no span
        could be one.
        """
        threshold = (threshold or 0.0) if self._unanswerable else None
        rows = self.table(examples, predictions, threshold).to_pylist()
        return [answer_record(example, row, threshold) for example, row in zip(examples, rows, strict=True)]

    def scores(self, table: pa.Table) -> dict[str, float]:
        """Each of the task's metrics, in [0, 100], from a table of predictions of one language."""
        predicted, gold = table.column("predicted").to_pylist(), table.column("gold").to_pylist()
        lang = table.column("lang")[0].as_py()
        return {
            metric: score_answers(metric, predicted, gold, lang=lang, **self._scoring)
            for metric in self.config.metrics
        }

    def counts(self, examples: Sequence[SpanQAExample], table: pa.Table) -> ExampleCounts:
        """Scores of each question, beside the paragraph that it is about."""
        predicted, gold = table.column("predicted").to_pylist(), table.column("gold").to_pylist()
        langs = table.column("lang").to_pylist()
        scores = [
            answer_scores(answer, golds, lang=lang, **self._scoring)
            for answer, golds, lang in zip(predicted, gold, langs, strict=True)
        ]
        indices = {metric: SPAN_QA_METRICS.index(metric) for metric in self.config.metrics}
        return ExampleCounts.of(
            table.column("uid").to_pylist(),
            {metric: [float(score[index]) for score in scores] for metric, index in indices.items()},
            {metric: Formula(Kind.MEAN, (metric,)) for metric in indices},
            groups=[example.group for example in examples],
        )

    def _best(
        self, examples: Sequence[SpanQAExample], predictions: Sequence[SpanQAPrediction]
    ) -> list[BestAnswer]:
        """Best answer of each question, over all its windows."""
        return [
            best_answer(windows, example.context, unanswerable=self._unanswerable)
            for example, windows in zip(examples, _windows(examples, predictions), strict=True)
        ]


def _windows(
    examples: Sequence[SpanQAExample], predictions: Sequence[SpanQAPrediction]
) -> list[list[SpanQAPrediction]]:
    """Windows of each question in their order."""
    windows: dict[ExampleId, list[SpanQAPrediction]] = {example.id: [] for example in examples}
    for prediction in sorted(predictions, key=lambda prediction: prediction["window"]):
        if prediction["id"] not in windows:
            raise ValueError(f"expected predictions for the given questions only, got {prediction['id']}")
        windows[prediction["id"]].append(prediction)
    missing = [str(id_) for id_, predictions_of_id in windows.items() if not predictions_of_id]
    if missing:
        raise ValueError(f"expected a prediction for each question, got none for {', '.join(missing[:5])}")
    return [windows[example.id] for example in examples]
