"""Files of questions with options to examples."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xtl.data.pairs import MISSING_LABELS
from xtl.data.source import Flaw
from xtl.errors import DataFormatError
from xtl.readers import RECORD_FORMATS, read_records, text_of
from xtl.types import ChoiceExample, Split


@dataclass(frozen=True, kw_only=True, slots=True)
class ChoiceReader:
    """Reads the files of one multiple-choice task.

    Attributes:
        task: Its name; uids begin with it.
        context: Column of the context.
        question: Column of the question; empty: there is none.
        options: Columns of the options, or one column that holds a list of them.
        label: Column of the right one: its index, or a letter (A, B, ...).
        prompts: What is read instead of a question, such as COPA's ``cause`` and ``effect``.
    """

    task: str
    context: str
    question: str
    options: Sequence[str]
    label: str
    prompts: Mapping[str, str] = field(default_factory=dict)

    @property
    def formats(self) -> Sequence[str]:
        """Endings of the files that it reads."""
        return RECORD_FORMATS

    def __call__(self, path: Path, *, lang: str, split: Split) -> list[ChoiceExample]:
        """Read one file.

        Returns:
            One example a row, row ids counting from 0 in file order; ``label`` may be ``None``.

        Raises:
            DataNotFoundError: if the file is not there.
            DataFormatError: if it is not in its format, or a label names no option.
        """
        columns = [name for name in (self.context, self.question, *self.options, self.label) if name]
        examples = []
        for row, (where, record) in enumerate(read_records(path, columns)):
            options, letters = self._options(where, record)
            question = text_of(where, self.question, record[self.question]) if self.question else ""
            examples.append(
                ChoiceExample(
                    uid=f"{self.task}/{split}/{row}",
                    lang=lang,
                    context=text_of(where, self.context, record[self.context]),
                    question=self.prompts.get(question, question),
                    options=options,
                    label=_label(where, self.label, record[self.label], letters),
                )
            )
        return examples

    def _options(self, where: str, record: Mapping[str, Any]) -> tuple[tuple[str, ...], list[str]]:
        """Give the options, and how labels may call them."""
        several = [record[name] for name in self.options]
        found: Any = several if len(several) > 1 else several[0]
        letters = None
        if isinstance(found, Mapping):  # CommonsenseQA: texts beside their letters
            letters, found = found.get("label"), found.get("text")
        if not isinstance(found, list):
            raise DataFormatError(
                f"{where}: expected a list of options in '{self.options[0]}', got {str(found)[:60]!r}"
            )
        texts = tuple(text_of(where, " ".join(self.options), one) for one in found)
        return texts, [str(one) for one in letters or (chr(ord("A") + at) for at in range(len(texts)))]


def sift_choices(example: ChoiceExample, split: Split) -> ChoiceExample | Flaw:  # noqa: ARG001  all are alike
    """Say whether an example can be used: it needs two options and a label."""
    if len(example.options) < 2:
        return Flaw("fewer than two options")
    return Flaw("no label") if example.label is None else example


def _label(where: str, column: str, given: object, letters: Sequence[str]) -> int | None:
    text = "" if given is None else str(given).strip()
    if text in letters:
        return letters.index(text)
    if text in MISSING_LABELS or not letters:  # without options the example is left out anyway
        return None
    if text.isdecimal() and int(text) < len(letters):
        return int(text)
    raise DataFormatError(
        f"{where}: expected in '{column}' an index from 0 to {len(letters) - 1} or one of "
        f"{', '.join(letters)}, got {given!r}"
    )
