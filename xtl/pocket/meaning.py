"""What a sentence says, without any language: the abstract grammar.

A ``Meaning`` is one or two clauses; a ``Clause`` is a predicate with its arguments; a ``Thing`` is a noun
phrase. The words in them are identifiers of ``concepts.toml``. Each language says it in its own way.
"""

import zlib
from dataclasses import dataclass
from typing import Literal

from xtl.pocket.concepts import NOUNS, VERBS
from xtl.types import SplitName

Tense = Literal["past", "present", "future"]
Relation = Literal["in", "near", "to"]
Link = Literal["", "and", "but", "because", "when", "that"]
Question = Literal["", "polar", "subject", "object", "place", "time"]
PLURAL = 0
"""``Thing.count`` of a plural without a numeral."""


@dataclass(frozen=True, slots=True)
class Thing:
    """A noun phrase.

    Attributes:
        head: Identifier of a noun or a name.
        count: 1 for one, ``PLURAL`` for several, else the value of a numeral. Mass nouns and names: 1.
        definite: "the" against "a"; with a numeral always False; without meaning for names.
        adjective: Attribute, or "".
        owner: Person who has it: a name, or a definite singular noun for a person. The owned is definite.
        relative: What else the subject did: a positive clause without time whose subject is the same thing;
            only on a definite singular noun for a person.
        also: The second half of "Anna and Peter"; only with two names, or two definite singular nouns.
    """

    head: str
    count: int = 1
    definite: bool = True
    adjective: str = ""
    owner: "Thing | None" = None
    relative: "Clause | None" = None
    also: "Thing | None" = None

    @property
    def plural(self) -> bool:
        """Whether it is more than one."""
        return self.count != 1 or self.also is not None


@dataclass(frozen=True, slots=True)
class Place:
    """Where something happens, or where it goes (``to``): a city's name or a definite singular noun."""

    relation: Relation
    thing: Thing


@dataclass(frozen=True, slots=True)
class Clause:
    """A predicate with its arguments.

    Attributes:
        predicate: A verb, or, said of the subject with a copula, an adjective or a noun for a profession.
        subject: Who or what; a name, a definite noun, or a noun with a numeral.
        tense: The present is a habit or a state, never "just now".
        negative: Whether the clause is denied. Numerals never stand in a denied clause.
        object: What is acted on.
        recipient: To or from whom (``VERBS[predicate].recipient``).
        place: Where, or with a verb of motion where to.
        time: An adverb of the class time or frequency, or "".
        manner: An adverb of the class manner, or "".
        very: Whether an adjective as predicate is strengthened.
        fronted: Whether the time opens the sentence; only in main clauses of statements.
    """

    predicate: str
    subject: Thing
    tense: Tense = "past"
    negative: bool = False
    object: Thing | None = None
    recipient: Thing | None = None
    place: Place | None = None
    time: str = ""
    manner: str = ""
    very: bool = False
    fronted: bool = False


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one sentence says or asks.

    Attributes:
        clause: The main clause; under ``that`` the clause of saying, thinking or knowing.
        link: How the other clause is tied to it: added, contrasted, the reason, the moment, or what is said.
        other: The other clause.
        other_first: Whether the reason or the moment opens the sentence.
        question: What is asked: whether the clause is true, or what fills a role. The clause still holds the
            thing that fills it, so that a language can choose its word for asking; it does not say it.
            Questions have one clause, positive, without ``fronted``.
    """

    clause: Clause
    link: Link = ""
    other: Clause | None = None
    other_first: bool = False
    question: Question = ""


def split_of(clause: Clause) -> SplitName:
    """The split that a clause belongs to, by a hash of what it is about.

    Variants of one event (another number, time or place, a hypernym of the object, a denial, the converse)
    stay in one split, so no sentence of one split is in another, in any language.
    """
    subject = clause.subject
    heads = (subject.head,) if subject.also is None else (subject.head, subject.also.head)
    return split_of_heads(clause.predicate, heads, "" if clause.object is None else clause.object.head)


def split_of_question(clause: Clause, question: Question) -> SplitName:
    """The split of a question, which does not say the thing that it asks for."""
    if question == "subject":
        return split_of_heads(clause.predicate, ("who",), "" if clause.object is None else clause.object.head)
    if question == "object":
        return split_of_heads(clause.predicate, (clause.subject.head,), "what")
    return split_of(clause)


def split_of_heads(predicate: str, subjects: tuple[str, ...], thing: str) -> SplitName:
    """The split of clauses with this predicate, these heads of the subject and this head of the object."""
    converse = VERBS[predicate].converse if predicate in VERBS else ""
    # A converse exchanges subject and recipient, so the pair of verbs stands for both; min makes it one name.
    about = min(predicate, converse) if converse else "|".join((predicate, *sorted(subjects)))
    hypernym = NOUNS[thing].hypernym if thing in NOUNS else ""
    # crc32, not hash(): it is the same in every process and on every platform.
    bucket = zlib.crc32(f"{about}|{hypernym or thing}".encode()) % 4
    return "validation" if bucket == 2 else "test" if bucket == 3 else "train"
