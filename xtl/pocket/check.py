"""Checks a language: ``python -m xtl.pocket.check de [--digests]``."""

import argparse
import hashlib
import sys
from collections.abc import Iterable
from dataclasses import fields

from xtl.pocket import TASKS, examples, languages
from xtl.pocket.draw import draw
from xtl.pocket.lexicon import check_lexicon
from xtl.pocket.meaning import Clause, Meaning
from xtl.pocket.rng import Rng
from xtl.pocket.showcase import showcase, table
from xtl.pocket.tasks.agreement import TAGS
from xtl.pocket.text import Sentence, say
from xtl.types import SPLITS

UPOS = frozenset(TAGS)
"""The tags that a grammar may use; the classes of a tagger."""
GOLDEN_ROWS = 200


def sentence_faults(meaning: Meaning, sentence: Sentence) -> list[str]:
    """Say what is wrong with the form of a sentence."""
    faults = [f"unknown part of speech {token.upos}" for token in sentence.tokens if token.upos not in UPOS]
    faults += [
        f"bad form {token.form!r}"
        for token in sentence.tokens
        if not token.form or token.form.split() != [token.form]
    ]
    if sentence.tokens[-1].upos != "PUNCT":
        faults.append("no final punctuation")
    for role in _roles(meaning):
        try:
            sentence.span(role)
        except ValueError as error:
            faults.append(str(error))
    return [f"{sentence.text!r}: {fault}" for fault in faults]


def _roles(meaning: Meaning) -> list[str]:
    """The roles that a sentence says."""
    roles = [role for role in _filled_roles(meaning.clause) if role != meaning.question]
    return roles + [f"other.{role}" for role in _filled_roles(meaning.other)] if meaning.other else roles


def _filled_roles(clause: Clause) -> Iterable[str]:
    return (role for role in ("subject", "object", "recipient", "place", "time") if getattr(clause, role))


def digest(task: str, lang: str) -> str:
    """A fingerprint of the first rows of a task in all splits."""
    lines: list[str] = []
    for split in SPLITS:
        for row in examples(task, lang, split=split, size=GOLDEN_ROWS):
            # A set has another order in each process; sorted, it has one fingerprint.
            gold = sorted(row.gold) if hasattr(row, "gold") else ""
            names = [field.name for field in fields(row) if field.name not in ("gold", "source_id")]
            values = [getattr(row, name) for name in names]
            lines.append(repr((*values, gold)))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def digests(lang: str) -> dict[str, str]:
    """The fingerprints of all tasks in a language."""
    return {task: digest(task, lang) for task in TASKS if lang in languages(task)}


def report(lang: str, *, size: int = 3_000, num_examples: int = 30) -> tuple[list[str], list[str]]:
    """Check the lexicon and many sentences.

    Returns:
        The faults, and some sentences with their tags to read.
    """
    faults = check_lexicon(lang)
    if faults:
        return faults, []
    lines = [say(meaning, lang).text for meaning in showcase()]
    for row in range(size):
        meaning = draw(Rng("check", row), "train")
        sentence = say(meaning, lang)
        faults += sentence_faults(meaning, sentence)
        if row < num_examples:
            tagged = " ".join(f"{token.form}/{token.upos}" for token in sentence.tokens)
            lines.append(f"{say(meaning, 'en').text}\n  {sentence.text}\n  {tagged}")
    return faults, lines


def main() -> int:
    """Print the report; the status is 1 where there are faults."""
    parser = argparse.ArgumentParser(prog="python -m xtl.pocket.check", description=__doc__)
    parser.add_argument("lang", help="a language, or 'table' for the ten meanings in all languages")
    parser.add_argument(
        "--digests", action="store_true", help="print the fingerprints for the golden test as JSON"
    )
    chosen = parser.parse_args()
    if chosen.lang == "table":
        sys.stdout.write(table())
        return 0
    if chosen.digests:
        items = ",\n".join(f'  "{task}": "{value}"' for task, value in digests(chosen.lang).items())
        sys.stdout.write(f"{{\n{items}\n}}\n")
        return 0
    faults, lines = report(chosen.lang)
    sys.stdout.write(
        "\n".join([*lines, *(f"FAULT {fault}" for fault in faults[:50]), f"{len(faults)} faults"]) + "\n"
    )
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
