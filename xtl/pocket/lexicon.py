"""Reads the lexicon of a language, ``lexicon/<lang>.toml``, and checks it."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Literal, NamedTuple

from xtl.errors import DataFormatError, DataNotFoundError, nearest
from xtl.pocket.concepts import CONCEPTS, KINDS

Section = Literal["noun", "verb", "adjective", "adverb", "numeral", "name", "function"]
SECTIONS: tuple[Section, ...] = (*KINDS, "function")
Entry = dict[str, str]
"""What a lexicon says of one concept: field to form. A bare string in the file is the field ``form``."""


class Lexicon(NamedTuple):
    """The words of one language, by section and concept."""

    lang: str
    noun: dict[str, Entry]
    verb: dict[str, Entry]
    adjective: dict[str, Entry]
    adverb: dict[str, Entry]
    numeral: dict[str, Entry]
    name: dict[str, Entry]
    function: dict[str, Entry]

    def word(self, key: str) -> str:
        """A function word."""
        return self.function[key]["form"]


@cache
def load(lang: str) -> Lexicon:
    """Read the lexicon of a language.

    Raises:
        DataNotFoundError: if there is no file for it.
        DataFormatError: if the file is not TOML.
    """
    table = read_table(lang)
    return Lexicon(lang, **{section: _entries(table, section) for section in SECTIONS})


def read_table(lang: str) -> dict[str, Any]:
    """The file as it stands."""
    path = files("xtl.pocket").joinpath("lexicon", f"{lang}.toml")
    if not path.is_file():
        raise DataNotFoundError(
            f"pocket has no lexicon for {lang!r}: expected the file xtl/pocket/lexicon/{lang}.toml"
        )
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise DataFormatError(f"xtl/pocket/lexicon/{lang}.toml is not valid TOML: {error}") from error


def _entries(table: dict[str, Any], section: str) -> dict[str, Any]:
    return {
        key: {"form": entry} if isinstance(entry, str) else entry for key, entry in table[section].items()
    }


def check_lexicon(lang: str, table: dict[str, Any] | None = None) -> list[str]:
    """Say what is wrong with a lexicon.

    The file states its own format: ``[format.<section>]`` with ``required`` and ``optional`` fields, and
    under ``choices`` the values allowed in a field. Every concept of ``concepts.toml`` needs an entry.

    Args:
        lang: Code of the language.
        table: Parsed file; read from the package if absent.

    Returns:
        Faults, one line for each; empty if there is none.
    """
    table = read_table(lang) if table is None else table
    faults: list[str] = []
    for section in SECTIONS:
        if not isinstance(table.get(section), dict):
            faults.append(f"{lang}.toml: the section [{section}] is missing")
            continue
        entries = _entries(table, section)
        form = table.get("format", {}).get(section, {})
        where = f"{lang}.toml [{section}]"
        expected = form.get("required", []) if section == "function" else CONCEPTS[section]
        faults += [f"{where} {key}: missing" for key in expected if key not in entries]
        faults += [
            f"{where} {key}: not known{nearest(key, expected)}" for key in entries if key not in expected
        ]
        for key, entry in entries.items():
            faults += [
                f"{where} {key}: {fault}"
                for fault in _entry_faults(entry, {} if section == "function" else form)
            ]
        if section != "function":
            faults += [f"{where} {fault}" for fault in _twins(entries)]
    return faults


def _entry_faults(entry: object, form: dict[str, Any]) -> list[str]:
    if not isinstance(entry, dict):
        return [f"expected a string or a table of strings, got {entry!r}"]
    required = form.get("required", ["form"])
    allowed = [*required, *form.get("optional", [])]
    faults = [f"the field {field} is missing" for field in required if field not in entry]
    for field, value in entry.items():
        choices = form.get("choices", {}).get(field)
        if field not in allowed:
            faults.append(
                f"the field {field} is not known{nearest(field, allowed)}; fields are {', '.join(allowed)}"
            )
        elif not isinstance(value, str) or value != " ".join(value.split()):
            faults.append(f"the field {field} must be a string without stray spaces, got {value!r}")
        elif choices is not None and value not in choices:
            faults.append(f"the field {field} must be one of {', '.join(choices)}, got {value!r}")
    return faults


def _twins(entries: dict[str, Any]) -> list[str]:
    """Concepts with one and the same entry: their sentences could not be told apart."""
    seen: dict[str, str] = {}
    faults = []
    for key, entry in entries.items():
        text = str(sorted(entry.items())) if isinstance(entry, dict) else str(entry)
        if text in seen:
            faults.append(f"{key}: the same forms as {seen[text]}; two concepts need two words")
        seen.setdefault(text, key)
    return faults
