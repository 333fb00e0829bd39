"""Masked language modelling from files to scores."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import pyarrow as pa
from transformers import PreTrainedTokenizerBase

from xtl.data.raw import RawReader
from xtl.data.rows import SkipReason
from xtl.data.splits import Subset, examples_of
from xtl.errors import ConfigError
from xtl.metrics import MaskedAccuracy
from xtl.models import HFBackbone, encode_texts
from xtl.models.tokenizer import special_id
from xtl.modules.optim import OptimizerFactory
from xtl.schemas.backbone import EmbeddingConfig
from xtl.schemas.data import DataConfig
from xtl.statistics.examples import ExampleCounts, Formula, Kind
from xtl.tasks.base import CHUNK_SIZE, Chunk, Task, rounded
from xtl.tasks.chance import Chance, chance_of_share
from xtl.tasks.masked_lm.collate import MaskedLMCollator
from xtl.tasks.masked_lm.config import MaskedLMConfig
from xtl.tasks.masked_lm.decode import fillings_by_text
from xtl.tasks.masked_lm.encode import joined_by_masks, pack_lines
from xtl.tasks.masked_lm.module import MaskedLM
from xtl.tasks.masked_lm.reader import MaskedLMReader, RawMaskedLMReader
from xtl.tasks.masked_lm.types import MaskedLMFeature, MaskedLMFillings, MaskedLMPrediction, PackIds
from xtl.tasks.sources import source_of
from xtl.types import ExampleId, MaskedLMExample

SCHEMA = pa.schema(
    [("uid", pa.string()), ("hidden", pa.int64()), ("right", pa.int64()), ("loss", pa.float64())]
)
"""Columns of a file of predictions: one row a block of packed lines; ``loss`` is summed, in nats."""


_BLOCKS = 512
"""Blocks that are handed on at once: a block of 512 tokens takes 40 kB as Python's lists."""


class MaskedLMTask(Task):
    """Task of raw text over one source of data."""

    example_type = MaskedLMExample
    feature_type = MaskedLMFeature

    def __init__(self, config: MaskedLMConfig, data: DataConfig, embedding: EmbeddingConfig) -> None:  # noqa: ARG002  no vectors
        super().__init__(config)
        self._labels = ("token",)
        self.raw: RawReader = RawMaskedLMReader()
        self.answers: tuple[str, ...] = ("text", "fillings")
        self._raw_tokenizer: PreTrainedTokenizerBase | None = None
        self._share = config.share
        self.source = source_of(config, data, MaskedLMReader(task=config.name))

    def encode(
        self, examples: Sequence[MaskedLMExample], tokenizer: PreTrainedTokenizerBase
    ) -> list[MaskedLMFeature]:
        """Features of lines packed into full blocks.

        Raises:
            ConfigError: if the tokenizer has no mask token.
        """
        return [block for _, blocks in self.encode_in_chunks(examples, tokenizer) for block in blocks]

    def encode_in_chunks(
        self, examples: Sequence[MaskedLMExample], tokenizer: PreTrainedTokenizerBase
    ) -> Iterator[Chunk]:
        """Blocks of a few thousand lines at a time; a block may begin in one chunk and end in the next.

        Yields:
            Lines that were read since the chunk before, and blocks that they filled.
        """
        if not examples:
            return
        ids = self._pack_ids(tokenizer)
        read: list[MaskedLMExample] = []

        def lines() -> Iterator[tuple[ExampleId, Sequence[int]]]:
            for start in range(0, len(examples), CHUNK_SIZE):
                chunk = examples[start : start + CHUNK_SIZE]
                encodings = encode_texts(tokenizer, [line.text for line in chunk], special_tokens=False)
                read.extend(chunk)
                yield from ((line.id, encoding.ids) for line, encoding in zip(chunk, encodings, strict=True))

        blocks = pack_lines(lines(), ids=ids, max_len=self.config.max_len)
        while filled := list(islice(blocks, _BLOCKS)):
            yield read[:], filled
            read.clear()
        yield read, []

    def raw_features(
        self, examples: Sequence[MaskedLMExample], tokenizer: PreTrainedTokenizerBase
    ) -> list[MaskedLMFeature]:
        """Features of texts that have a mask, each in blocks of its own: fillings depend on no other text.

        Raises:
            ConfigError: if the tokenizer has no mask token.
        """
        self._raw_tokenizer = tokenizer  # records() turns ids into tokens again
        ids = self._pack_ids(tokenizer)
        # Cut at masks by hand: the tokenizer reads no special token in a text, <s> and </s> among them.
        parts = [example.text.split(tokenizer.mask_token) for example in examples]
        encodings = encode_texts(tokenizer, [part for text in parts for part in text], special_tokens=False)
        encoded = [encoding.ids for encoding in encodings]
        lines = joined_by_masks(map(len, parts), encoded, mask=ids["mask"])
        return [
            {**block, "fill": True}
            for example, line in zip(examples, lines, strict=True)
            if ids["mask"] in line
            for block in pack_lines([(example.id, line)], ids=ids, max_len=self.config.max_len)
        ]

    def _pack_ids(self, tokenizer: PreTrainedTokenizerBase) -> PackIds:
        if tokenizer.mask_token_id is None:
            raise ConfigError(
                f"task '{self.config.name}': expected an encoder whose tokenizer has a mask token, such as "
                f"XLM-R, got {tokenizer.name_or_path or type(tokenizer).__name__}"
            )
        return PackIds(
            begin=special_id(tokenizer, "bos", "cls"),
            end=special_id(tokenizer, "eos", "sep"),
            mask=tokenizer.mask_token_id,
            vocab_size=len(tokenizer),
        )

    def chance(self, validation: Sequence[Subset], tokenizer: PreTrainedTokenizerBase) -> Chance | None:
        """Share of the most frequent token; about ``share`` of all tokens are hidden and scored."""
        count = Counter(
            token
            for feature in self.encode(examples_of(validation), tokenizer)
            for token, maskable in zip(feature["input_ids"], feature["maskable"], strict=True)
            if maskable
        )
        if not count:
            return None
        score = 100 * max(count.values()) / count.total()
        return chance_of_share(score, max(1, round(self._share * count.total())))

    def collator(self, pad_id: int) -> MaskedLMCollator:
        """Collator of padded batches."""
        return MaskedLMCollator(pad_id=pad_id)

    def module(
        self,
        backbone: HFBackbone,
        optimizer: OptimizerFactory,
        *,
        dropout: float,  # noqa: ARG002  the head of XLM-R has none
    ) -> MaskedLM:
        """Module with the language head of the encoder's checkpoint, or a new one."""
        return MaskedLM(backbone, metric=MaskedAccuracy(), optimizer=optimizer, share=self._share)

    def table(
        self,
        examples: Sequence[MaskedLMExample],
        predictions: Sequence[MaskedLMPrediction],
        threshold: float | None = None,  # noqa: ARG002  tokens have none
    ) -> pa.Table:
        """How well each block was guessed, in the order of the text.

        Raises:
            ValueError: if there are lines and no predictions.
        """
        if examples and not predictions:
            raise ValueError(f"expected predictions for {len(examples)} lines, got none")
        rows = sorted(predictions, key=lambda block: int(block["id"].uid.rpartition("#")[2]))
        return pa.Table.from_pylist(
            [
                {"uid": row["id"].uid, **{name: row[name] for name in ("hidden", "right", "loss")}}
                for row in rows
            ],
            schema=SCHEMA,
        )

    def records(
        self,
        examples: Sequence[MaskedLMExample],
        predictions: Sequence[MaskedLMFillings],
        threshold: float | None = None,  # noqa: ARG002  tokens have none
    ) -> list[dict[str, Any] | SkipReason]:
        """Record of each text: the likeliest tokens for each mask; a text without a mask is skipped."""
        tokenizer = self._raw_tokenizer
        assert tokenizer is not None  # noqa: S101  predictions come of raw_features()
        by_text = fillings_by_text(predictions)
        records: list[dict[str, Any] | SkipReason] = []
        for example in examples:
            if example.id not in by_text:
                records.append(SkipReason(f"no {tokenizer.mask_token}"))
                continue
            fillings = [
                [
                    {"token": tokenizer.convert_ids_to_tokens(token), "score": score}
                    for token, score in zip(tokens, rounded(shares), strict=True)
                ]
                for tokens, shares in (zip(*mask, strict=True) for mask in by_text[example.id])
            ]
            records.append({"text": example.text, "fillings": fillings})
        return records

    def scores(self, table: pa.Table) -> dict[str, float]:
        """Share of hidden tokens that were guessed right, in [0, 100]."""
        right, hidden = (sum(table.column(name).to_pylist()) for name in ("right", "hidden"))
        return {"accuracy": 100.0 * right / max(hidden, 1)}

    def counts(self, examples: Sequence[MaskedLMExample], table: pa.Table) -> ExampleCounts:  # noqa: ARG002
        """Hidden and right tokens of each block, and its loss."""
        columns = {name: table.column(name).to_pylist() for name in ("right", "hidden", "loss")}
        formulas = {"accuracy": Formula(Kind.SHARE, ("right", "hidden"))}
        return ExampleCounts.of(table.column("uid").to_pylist(), columns, formulas)
