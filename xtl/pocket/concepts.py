"""The inventory of concepts that all languages share, read from ``concepts.toml``."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal

Kind = Literal["noun", "verb", "adjective", "adverb", "numeral", "name"]
KINDS: tuple[Kind, ...] = ("noun", "verb", "adjective", "adverb", "numeral", "name")

_TABLE: dict[str, dict[str, dict[str, Any]]] = tomllib.loads(
    files("xtl.pocket").joinpath("concepts.toml").read_text(encoding="utf-8")
)


@dataclass(frozen=True, slots=True)
class Noun:
    """A noun or a name: its class, its place in the hierarchy, and the sex of people ("" for the rest)."""

    cls: str
    hypernym: str = ""
    sex: str = ""
    mass: bool = False
    profession: bool = False


@dataclass(frozen=True, slots=True)
class Verb:
    """What a verb needs and allows; the attributes are explained in ``concepts.toml``."""

    frame: Literal["intransitive", "transitive", "motion", "locative", "speech"] = "transitive"
    subject: tuple[str, ...] = ("person",)
    object: tuple[str, ...] = ()
    recipient: str = ""
    maybe: bool = False
    converse: str = ""
    place: bool = False
    manner: tuple[str, ...] = ()
    stative: bool = False
    habit: bool = False
    factive: bool = False


@dataclass(frozen=True, slots=True)
class Adjective:
    """What an adjective can be said of, and what it excludes."""

    of: tuple[str, ...]
    antonym: str = ""


@dataclass(frozen=True, slots=True)
class Adverb:
    """Time, frequency, manner or degree, and the tenses it goes with."""

    cls: str
    tenses: tuple[str, ...] = ()


def _settings(entry: dict[str, Any]) -> dict[str, Any]:
    renamed = {"cls" if key == "class" else key: value for key, value in entry.items()}
    return {key: tuple(value) if isinstance(value, list) else value for key, value in renamed.items()}


NOUNS: dict[str, Noun] = {key: Noun(**_settings(entry)) for key, entry in _TABLE["noun"].items()}
NAMES: dict[str, Noun] = {key: Noun(**_settings(entry)) for key, entry in _TABLE["name"].items()}
VERBS: dict[str, Verb] = {key: Verb(**_settings(entry)) for key, entry in _TABLE["verb"].items()}
ADJECTIVES: dict[str, Adjective] = {
    key: Adjective(**_settings(entry)) for key, entry in _TABLE["adjective"].items()
}
ADVERBS: dict[str, Adverb] = {key: Adverb(**_settings(entry)) for key, entry in _TABLE["adverb"].items()}
NUMERALS: dict[int, str] = {entry["value"]: key for key, entry in _TABLE["numeral"].items()}
CONCEPTS: dict[Kind, tuple[str, ...]] = {kind: tuple(_TABLE[kind]) for kind in KINDS}


def noun_of(head: str) -> Noun:
    """The noun or name with this identifier."""
    return NAMES[head] if head in NAMES else NOUNS[head]


def of_class(*classes: str) -> tuple[str, ...]:
    """The nouns, not the names, of some classes, in the order of the file."""
    return tuple(key for key, noun in NOUNS.items() if noun.cls in classes)


def names_of(*classes: str) -> tuple[str, ...]:
    """The names of some classes, in the order of the file."""
    return tuple(key for key, name in NAMES.items() if name.cls in classes)
