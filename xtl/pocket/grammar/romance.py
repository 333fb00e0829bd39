"""What Spanish and French share: linked clauses, agreement, contractions. Not a language of its own."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

from xtl.pocket.concepts import NAMES
from xtl.pocket.grammar.base import Token, Tokens, comma, inside, mark, words
from xtl.pocket.lexicon import Entry, Lexicon
from xtl.pocket.meaning import PLURAL, Clause, Meaning, Thing


class Mood(NamedTuple):
    """How a clause is said inside another one.

    Attributes:
        earlier: It happened before what the main clause tells about the past.
        doubted: The main clause denies that somebody thinks so.
    """

    earlier: bool = False
    doubted: bool = False


PLAIN = Mood()


def linked(lex: Lexicon, meaning: Meaning, statement: Callable[[Clause, Mood], Tokens]) -> Tokens:
    """The clauses of a statement, with what links them.

    Args:
        lex: The words of the language.
        meaning: What is said.
        statement: Says one clause.
    """
    main = statement(meaning.clause, PLAIN)
    if meaning.other is None:
        return main
    other = inside(statement(meaning.other, _mood(meaning)))
    key = "because_first" if meaning.link == "because" and meaning.other_first else meaning.link
    upos = "CCONJ" if meaning.link in ("and", "but") else "SCONJ"
    linker = [Token(form, upos) for form in lex.word(key).split()]
    if meaning.other_first:
        return [*linker, *other, comma(), *main]
    pause = [comma()] if meaning.link == "but" else []
    return [*main, *pause, *linker, *other]


def _mood(meaning: Meaning) -> Mood:
    if meaning.link != "that":
        return PLAIN
    main = meaning.clause
    return Mood(earlier=main.tense == "past", doubted=main.predicate == "think" and main.negative)


def feminine(lex: Lexicon, thing: Thing) -> bool:
    """Whether what agrees with a thing is feminine; with two of them, if both are."""
    if thing.head in NAMES:
        entry = lex.name[thing.head]
        gender = NAMES[thing.head].sex or entry.get("article") or entry.get("gender")
    else:
        gender = lex.noun[thing.head]["gender"]
    return gender == "f" and (thing.also is None or feminine(lex, thing.also))


def profession(lex: Lexicon, clause: Clause) -> Tokens:
    """The noun of "is a doctor", without an article; some nouns have a form for women."""
    noun = lex.noun[clause.predicate]
    female = "f" in noun and feminine(lex, clause.subject)
    return [Token(noun["f" if female else "sg"], "NOUN")]


def generic(clause: Clause, thing: Thing) -> Thing:
    """The object of loving: "Anna loves cats" and "Anna does not love a cat" speak of all the cats."""
    if thing.head in NAMES or thing.definite or thing.owner is not None:
        return thing
    if thing.count == PLURAL or (clause.negative and thing.count == 1):
        return replace(thing, count=PLURAL, definite=True)
    return thing


def somebody(clause: Clause) -> Clause:
    """The clause about nobody in particular, for the agreement with "who"."""
    return replace(clause, subject=Thing("man"))


def when(lex: Lexicon, clause: Clause) -> tuple[Tokens, str]:
    """The adverb of time of a clause, and the position that the lexicon gives it ("" for the end)."""
    if not clause.time:
        return [], ""
    entry = lex.adverb[clause.time]
    return mark(words(entry["form"]), "time"), entry.get("position", "")


def under(entry: Entry, prefix: str) -> Entry:
    """A second word in an entry: its fields that begin with the prefix, without it."""
    return {key.removeprefix(prefix): form for key, form in entry.items() if key.startswith(prefix)}


def contracted(tokens: Tokens, table: Mapping[tuple[str, str], str]) -> Tokens:
    """Make one word of an adposition and an article where the table has it; it is an adposition."""
    found: Tokens = []
    for token in tokens:
        if token.upos == "DET" and found and found[-1].upos == "ADP":
            form = table.get((found[-1].form, token.form))
            if form is not None:
                found[-1] = token._replace(form=form, upos="ADP", space=found[-1].space)
                continue
        found.append(token)
    return found
