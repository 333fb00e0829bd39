"""Swahili: noun classes, with which nearly everything agrees, and verbs made of a chain of prefixes."""

from typing import NamedTuple

from xtl.pocket.concepts import NAMES, NOUNS, NUMERALS, VERBS, noun_of
from xtl.pocket.grammar.base import Token, Tokens, comma, finish, inside, mark, name, words
from xtl.pocket.lexicon import load
from xtl.pocket.meaning import Clause, Meaning, Place, Thing

SENTENCE_SPACE = " "
LEX = load("sw")
_VOWELS = "aeiou"


class Agreement(NamedTuple):
    """What a noun class puts before the words that agree with it.

    Attributes:
        subject: Before a verb, as its subject.
        object: Before the stem of a verb, as its object.
        of: The connective, "of".
        adjective: Before stems with a consonant.
        vowel: Before stems with a vowel.
        which: After ``amba``, and in "when".
    """

    subject: str
    object: str
    of: str
    adjective: str
    vowel: str
    which: str


_CLASSES = {
    1: Agreement("a", "m", "wa", "m", "mw", "ye"),
    2: Agreement("wa", "wa", "wa", "wa", "w", "o"),
    3: Agreement("u", "u", "wa", "m", "mw", "o"),
    4: Agreement("i", "i", "ya", "mi", "my", "yo"),
    5: Agreement("li", "li", "la", "", "j", "lo"),
    6: Agreement("ya", "ya", "ya", "ma", "m", "yo"),
    7: Agreement("ki", "ki", "cha", "ki", "ch", "cho"),
    8: Agreement("vi", "vi", "vya", "vi", "vy", "vyo"),
    9: Agreement("i", "i", "ya", "", "ny", "yo"),
    10: Agreement("zi", "zi", "za", "", "ny", "zo"),
    11: Agreement("u", "u", "wa", "m", "mw", "o"),
}
_PLURAL_CLASS = {1: 2, 3: 4, 5: 6, 6: 6, 7: 8, 9: 10, 11: 10}
_TENSE = {"past": "li", "present": "na", "future": "ta"}
_DENIED = {"past": "ku", "future": "ta"}
_LOCATIVE = {"a": "yuko", "wa": "wako"}


def linearise(meaning: Meaning) -> Tokens:
    """Turn a meaning into a Swahili sentence."""
    if meaning.question:
        return finish(_question(meaning.clause, meaning.question), "?")
    main = _statement(meaning.clause)
    if meaning.other is None:
        return finish(main, ".")
    other = inside(_statement(meaning.other, when=meaning.link == "when"))
    linker = _linker(meaning.link)
    if meaning.other_first:
        return finish([*linker, *other, comma(), *main], ".")
    pause = [comma()] if meaning.link in ("and", "but") else []
    return finish([*main, *pause, *linker, *other], ".")


def _linker(link: str) -> Tokens:
    if link == "because":
        return words(LEX.word(link))
    return [Token(LEX.word(link), "CCONJ" if link in ("and", "but") else "SCONJ")]


def _statement(clause: Clause, *, when: bool = False) -> Tokens:
    time = mark(words(LEX.adverb[clause.time]["form"]), "time") if clause.time else []
    tokens = [*mark(_thing(clause.subject), "subject"), *_said(clause, when=when)]
    return [*time, comma(), *tokens] if clause.fronted else [*tokens, *time]


def _question(clause: Clause, asked: str) -> Tokens:
    """A question: the question word stands where its answer would."""
    time = mark(words(LEX.adverb[clause.time]["form"]), "time") if clause.time else []
    after = [*_said(clause, asked), *([Token(LEX.word("when_asked"), "ADV")] if asked == "time" else time)]
    if asked == "subject":
        return [Token(LEX.word("who"), "PRON"), *after]
    tokens = [*mark(_thing(clause.subject), "subject"), *after]
    return [Token(LEX.word("question"), "PART"), comma(), *tokens] if asked == "polar" else tokens


def _said(clause: Clause, asked: str = "", *, when: bool = False) -> Tokens:
    """Everything after the subject but the time."""
    if clause.predicate not in VERBS:
        return [*_copula(clause), *_predicate(clause)]
    tokens = _locative_copula(clause) if clause.predicate == "be" else _verb(clause, asked, when=when)
    source = VERBS[clause.predicate].recipient == "from"
    if clause.recipient is not None and not source:
        tokens += mark(_thing(clause.recipient), "recipient")
    tokens += _object(clause, asked)
    if clause.recipient is not None and source:
        tokens += [*words(LEX.word("from")), *mark(_thing(clause.recipient), "recipient")]
    if clause.manner:
        tokens += words(LEX.adverb[clause.manner]["form"])
    if asked == "place":
        return [*tokens, Token(LEX.word("where"), "ADV")]
    return [*tokens, *mark(_place(clause.place), "place")] if clause.place is not None else tokens


def _object(clause: Clause, asked: str) -> Tokens:
    if clause.object is None:
        return []
    if asked == "object":
        return [Token(LEX.word("what"), "PRON")]
    preposition = LEX.verb[clause.predicate].get("object")
    tokens = mark(_thing(clause.object), "object")
    return [Token(preposition, "ADP"), *tokens] if preposition else tokens


def _class(thing: Thing) -> int:
    """The class that words agree with; people and animals have their own, whatever the noun looks like."""
    noun = noun_of(thing.head)
    if thing.head in NAMES:
        singular = 1 if noun.cls == "person" else int(LEX.name[thing.head].get("class", "9"))
    else:
        singular = int(LEX.noun[thing.head]["class"])
    return _PLURAL_CLASS[singular] if thing.plural else singular


def _prefixes(clause: Clause, mark_: str) -> str:
    """The prefix of the subject and that of the tense, with the denial before them."""
    subject = _CLASSES[_class(clause.subject)].subject
    if clause.negative:
        return ("ha" if subject == "a" else "ha" + subject) + mark_
    return subject + mark_


def _copula(clause: Clause) -> Tokens:
    if clause.tense == "present":
        return [Token(LEX.word("not" if clause.negative else "is"), "AUX")]
    tense = (_DENIED if clause.negative else _TENSE)[clause.tense]
    be = LEX.word("be")
    joined = _prefixes(clause, tense) + (be.removeprefix("ku") if tense == "ku" else be)
    return [Token(joined, "AUX")]


def _locative_copula(clause: Clause) -> Tokens:
    """Being somewhere, which has its own form in the present."""
    if clause.tense != "present":
        return _copula(clause)
    subject, stem = _CLASSES[_class(clause.subject)].subject, LEX.verb["be"]["stem"]
    if clause.negative:
        return [Token("ha" + ("yu" if subject == "a" else subject) + stem, "AUX")]
    return [Token(_LOCATIVE.get(subject, subject + stem), "AUX")]


def _verb(clause: Clause, asked: str, *, when: bool) -> Tokens:
    """The verb with its prefixes: denial, subject, tense, "when", object."""
    forms = LEX.verb[clause.predicate]
    stem = forms["stem"] if clause.recipient is None else forms.get("recipient", forms["stem"])
    acted_on = _object_prefix(clause, asked, stem)
    if clause.negative and clause.tense == "present":
        stem = stem[:-1] + "i" if stem.endswith("a") else stem
        chain = _prefixes(clause, "")
    else:
        chain = _prefixes(clause, (_DENIED if clause.negative else _TENSE)[clause.tense]) + (
            "po" if when else ""
        )
        if "short" in forms and not acted_on and not chain.endswith("ku"):
            chain += "ku"
    return [Token(chain + acted_on + stem, "VERB"), *(words(forms["with"]) if "with" in forms else [])]


def _object_prefix(clause: Clause, asked: str, stem: str) -> str:
    """The prefix of who is given something, else of a person or a known animal that is acted on."""
    if VERBS[clause.predicate].recipient == "to" and clause.recipient is not None:
        thing: Thing | None = clause.recipient
    else:
        thing = None if asked == "object" or "object" in LEX.verb[clause.predicate] else clause.object
        if thing is not None and not (thing.definite and noun_of(thing.head).cls in ("person", "animal")):
            thing = None
    if thing is None:
        return ""
    prefix = _CLASSES[_class(thing)].object
    if prefix == "m" and stem[0] in _VOWELS:
        return "mu" if stem[0] == "u" else "mw"
    return prefix


def _predicate(clause: Clause) -> Tokens:
    """The adjective or the noun that goes with the copula."""
    if clause.predicate in NOUNS:
        return [Token(LEX.noun[clause.predicate]["sg"], "NOUN")]
    very = words(LEX.adverb["very"]["form"]) if clause.very else []
    return [*_adjective(clause.predicate, clause.subject), *very]


def _adjective(key: str, thing: Thing) -> Tokens:
    """An adjective that agrees with its noun, or "of" and a noun."""
    entry, cls = LEX.adjective[key], _class(thing)
    after, kind = entry.get("after", ""), entry.get("kind", "")
    if kind == "connective":
        tokens = [Token(_CLASSES[cls].of, "ADP"), Token(entry["form"], "NOUN")]
        return [*tokens, Token(after, "ADJ")] if after else tokens
    if after:
        return [Token(_CLASSES[cls].vowel + entry["form"], "ADP"), Token(after, "NOUN")]
    return [Token(_adjective_form(entry, cls, animal=noun_of(thing.head).cls == "animal"), "ADJ")]


def _adjective_form(entry: dict[str, str], cls: int, *, animal: bool) -> str:
    agreement, kind = _CLASSES[cls], entry.get("kind", "")
    if kind == "vowel":
        return agreement.vowel + entry["form"]
    if animal and "animal" in entry:
        return agreement.adjective + entry["animal"]
    if cls in (9, 10) and "n" in entry:
        return entry["n"]
    if cls == 5 and "five" in entry:
        return entry["five"]
    if kind == "consonant":
        return agreement.adjective + entry["form"]
    return entry.get("plural", entry["form"]) if cls == 2 else entry["form"]


def _thing(thing: Thing) -> Tokens:
    tokens = name("sw", thing.head) if thing.head in NAMES else _noun(thing)
    if thing.relative is not None:
        which = LEX.word("which") + _CLASSES[_class(thing)].which
        return [*tokens, Token(which, "PRON"), *_said(thing.relative)]
    if thing.also is not None:
        return [*tokens, Token(LEX.word("and"), "CCONJ"), *_thing(thing.also)]
    return tokens


def _noun(thing: Thing) -> Tokens:
    """A noun, its adjective, its numeral, and what is tied to it by a connective, in this order."""
    noun, of = LEX.noun[thing.head], _CLASSES[_class(thing)].of
    tokens = [Token(noun["pl" if thing.count != 1 else "sg"], "NOUN")]
    adjective = _adjective(thing.adjective, thing) if thing.adjective else []
    if len(adjective) == 1:
        tokens += adjective
    if thing.count > 1:
        tokens += _numeral(thing)
    if "of" in noun:
        tokens += [Token(of, "ADP"), Token(noun["of"], "NOUN")]
    if len(adjective) > 1:
        tokens += adjective
    return tokens if thing.owner is None else [*tokens, Token(of, "ADP"), *_thing(thing.owner)]


def _numeral(thing: Thing) -> Tokens:
    entry, cls = LEX.numeral[NUMERALS[thing.count]], _class(thing)
    if "prefix" not in entry:
        return [Token(form, "NUM") for form in entry["form"].split()]
    return [
        Token(entry.get("n", entry["form"]) if cls == 10 else _CLASSES[cls].adjective + entry["form"], "NUM")
    ]


def _place(place: Place) -> Tokens:
    """A locative where the noun has one; cities are reached without a preposition."""
    thing, relation = place.thing, place.relation
    if relation == "near":
        return [*words(LEX.word("near")), *_thing(thing)]
    if thing.head in NAMES:
        return _thing(thing) if relation == "to" else [Token(LEX.word("in_city"), "NOUN"), *_thing(thing)]
    if "loc" in LEX.noun[thing.head]:
        return [Token(LEX.noun[thing.head]["loc"], "NOUN")]
    return [Token(LEX.word(relation), "ADP"), *_thing(thing)]
