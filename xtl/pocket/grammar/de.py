"""German: three genders, four cases, the verb second in main clauses and last in the others."""

from typing import NamedTuple

from xtl.pocket.concepts import ADJECTIVES, NAMES, NOUNS, NUMERALS, VERBS, noun_of
from xtl.pocket.grammar.base import Token, Tokens, comma, finish, inside, mark, name, words
from xtl.pocket.lexicon import load
from xtl.pocket.meaning import Clause, Meaning, Place, Thing

SENTENCE_SPACE = " "
LEX = load("de")

# One column a gender (m, f, n) and one for the plural.
_COLUMNS = "mfnp"
Forms = dict[str, tuple[str, str, str, str]]
_THE: Forms = {
    "nom": ("der", "die", "das", "die"),
    "acc": ("den", "die", "das", "die"),
    "dat": ("dem", "der", "dem", "den"),
    "gen": ("des", "der", "des", "der"),
}
_AFTER_A: Forms = {"nom": ("", "e", "", "e"), "acc": ("en", "e", "", "e"), "dat": ("em", "er", "em", "en")}
_WEAK: Forms = {"nom": ("e", "e", "e", "en"), "acc": ("en", "e", "e", "en")}
_MIXED: Forms = {"nom": ("er", "e", "es", "en"), "acc": ("en", "e", "es", "en")}
_STRONG: Forms = {
    "nom": ("er", "e", "es", "e"),
    "acc": ("en", "e", "es", "e"),
    "dat": ("em", "er", "em", "en"),
}
_ALL_EN = ("en", "en", "en", "en")
_CONTRACTED = {
    ("in", "dem"): "im",
    ("in", "das"): "ins",
    ("an", "dem"): "am",
    ("zu", "dem"): "zum",
    ("zu", "der"): "zur",
    ("von", "dem"): "vom",
}
_FUTURE = ("wird", "werden")


class Verb(NamedTuple):
    """The parts of a verb: what stands second, what stands last (prefix or infinitive), and their tags."""

    finite: Token
    last: Tokens
    joined: bool


def linearise(meaning: Meaning) -> Tokens:
    """Turn a meaning into a German sentence."""
    if meaning.question:
        return finish(_question(meaning.clause, meaning.question), "?")
    if meaning.other is None:
        return finish(_main(meaning.clause), ".")
    if meaning.link in ("and", "but"):
        pause = [comma()] if meaning.link == "but" else []
        linker = Token(LEX.word(meaning.link), "CCONJ")
        return finish([*_main(meaning.clause), *pause, linker, *inside(_main(meaning.other))], ".")
    linker = Token(LEX.word(meaning.link), "SCONJ")
    subordinate = [linker, *inside(_verb_last(meaning.other, _subject(meaning.other)))]
    if meaning.other_first:
        return finish([*subordinate, comma(), *_verb_first(meaning.clause)], ".")
    return finish([*_main(meaning.clause), comma(), *subordinate], ".")


def _main(clause: Clause) -> Tokens:
    if clause.fronted:
        return [*_time(clause), *_verb_first(clause, asked="time")]
    verb = _verb(clause)
    return [*_subject(clause), verb.finite, *_middle(clause), *verb.last]


def _verb_first(clause: Clause, asked: str = "") -> Tokens:
    """The clause from its finite verb on, after something else in the first place."""
    verb = _verb(clause)
    return [verb.finite, *_subject(clause), *_middle(clause, asked), *verb.last]


def _verb_last(clause: Clause, subject: Tokens) -> Tokens:
    verb = _verb(clause)
    end = [*verb.last, verb.finite]
    if verb.joined:
        end = [Token(verb.last[0].form + verb.finite.form, "VERB")]
    return [*subject, *_middle(clause), *end]


def _question(clause: Clause, asked: str) -> Tokens:
    if asked == "polar":
        return _verb_first(clause)
    if asked == "subject":
        verb = _verb(clause)
        return [Token(LEX.word("who"), "PRON"), verb.finite, *_middle(clause), *verb.last]
    if asked == "object":
        return [Token(LEX.word("what"), "PRON"), *_verb_first(clause, asked)]
    where = "where_to" if clause.place and clause.place.relation == "to" else "where"
    return [Token(LEX.word("when_asked" if asked == "time" else where), "ADV"), *_verb_first(clause, asked)]


def _verb(clause: Clause) -> Verb:
    copular = clause.predicate == "be" or clause.predicate not in VERBS
    upos = "AUX" if copular else "VERB"
    forms = LEX.verb["be" if copular else clause.predicate]
    plural, prefix = clause.subject.plural, forms.get("prefix", "")
    if clause.tense == "future":
        return Verb(Token(_FUTURE[plural], "AUX"), [Token(forms["inf"], upos)], joined=False)
    if clause.tense == "past":
        ending = ("n" if forms["past"].endswith("e") else "en") if plural else ""
        form = forms["past"] + ending
    else:
        form = forms.get("plural", forms["inf"].removeprefix(prefix)) if plural else forms["present"]
    last = [Token(prefix, "ADP")] if prefix else []
    return Verb(Token(form, upos), last, joined=bool(prefix))


def _subject(clause: Clause) -> Tokens:
    return mark(_thing(clause.subject, "nom"), "subject")


def _time(clause: Clause) -> Tokens:
    return mark(words(LEX.adverb[clause.time]["form"]), "time") if clause.time else []


def _middle(clause: Clause, asked: str = "") -> Tokens:
    """What stands between the finite verb, or the subject, and the end of the clause."""
    reflexive = LEX.verb.get(clause.predicate, {}).get("reflexive")
    tokens = [Token(LEX.word("self"), "PRON")] if reflexive else []
    tokens += _recipient(clause, "to")
    if asked != "time":
        tokens += _time(clause)
    tokens += _recipient(clause, "from")
    manner = words(LEX.adverb[clause.manner]["form"]) if clause.manner else []
    place = mark(_place(clause.place), "place") if clause.place is not None and asked != "place" else []
    thing = _object(clause) if asked != "object" else []
    if thing and _indefinite(clause.object):
        return [*tokens, *place, *manner, *thing]
    denial = [Token(LEX.word("not"), "PART")] if clause.negative and not _takes_no(clause) else []
    return [*tokens, *thing, *denial, *manner, *place, *_predicate(clause)]


def _object(clause: Clause) -> Tokens:
    if clause.object is None:
        return []
    case = LEX.verb[clause.predicate].get("object", "acc")
    return mark(_thing(clause.object, case, no=clause.negative and _takes_no(clause)), "object")


def _takes_no(clause: Clause) -> bool:
    """Whether the clause is denied by "kein" before its object or predicate."""
    return clause.predicate in NOUNS or _indefinite(clause.object)


def _indefinite(thing: Thing | None) -> bool:
    return thing is not None and thing.head in NOUNS and not thing.definite and thing.owner is None


def _recipient(clause: Clause, direction: str) -> Tokens:
    """To whom, in the dative, or from whom, with a preposition."""
    if clause.recipient is None or VERBS[clause.predicate].recipient != direction:
        return []
    if direction == "to":
        return mark(_thing(clause.recipient, "dat"), "recipient")
    return mark(_prepositional(LEX.word("from"), clause.recipient, "dat"), "recipient")


def _predicate(clause: Clause) -> Tokens:
    """The adjective or noun that goes with a copula."""
    if clause.predicate in ADJECTIVES:
        very = words(LEX.adverb["very"]["form"]) if clause.very else []
        return [*very, Token(LEX.adjective[clause.predicate]["form"], "ADJ")]
    if clause.predicate not in NOUNS:
        return []
    noun = LEX.noun[clause.predicate]
    female = noun_of(clause.subject.head).sex == "f" and "f" in noun
    no = [Token(LEX.word("no") + ("e" if female else ""), "DET")] if clause.negative else []
    return [*no, Token(noun["f" if female else "sg"], "NOUN")]


def _thing(thing: Thing, case: str, *, no: bool = False) -> Tokens:
    tokens = _name(thing.head, case) if thing.head in NAMES else _noun(thing, case, no=no)
    if thing.relative is not None:
        which = Token(_THE["nom"][_column(thing)], "PRON")
        return [*tokens, comma(), *_verb_last(thing.relative, [which]), comma()]
    if thing.also is not None:
        return [*tokens, Token(LEX.word("and"), "CCONJ"), *_thing(thing.also, case)]
    return tokens


def _name(key: str, case: str) -> Tokens:
    gender = LEX.name[key].get("article")
    article = [Token(_THE[case][_COLUMNS.index(gender)], "DET")] if gender else []
    return [*article, *name("de", key)]


def _column(thing: Thing) -> int:
    return 3 if thing.count != 1 else _COLUMNS.index(LEX.noun[thing.head]["gender"])


def _noun(thing: Thing, case: str, *, no: bool) -> Tokens:
    column = _column(thing)
    determiner, endings = _determiner(thing, case, column, no=no)
    tokens = determiner
    if thing.adjective:
        entry = LEX.adjective[thing.adjective]
        ending = endings.get(case, _ALL_EN)[column]
        tokens.append(Token(entry.get("stem", entry["form"]) + ending, "ADJ"))
    tokens.append(Token(_noun_form(thing.head, case, plural=column == 3), "NOUN"))
    if thing.owner is None:
        return tokens
    if thing.owner.head in NAMES:
        return [*tokens, Token(LEX.word("of"), "ADP"), *_thing(thing.owner, "dat")]
    return [*tokens, *_thing(thing.owner, "gen")]


def _determiner(thing: Thing, case: str, column: int, *, no: bool) -> tuple[Tokens, Forms]:
    """The words before the adjective, and the endings that the adjective takes after them."""
    if thing.count > 1:
        return [Token(LEX.numeral[NUMERALS[thing.count]]["form"], "NUM")], _STRONG
    if not _indefinite(thing):
        return [Token(_THE[case][column], "DET")], _WEAK
    if no or not (thing.count != 1 or NOUNS[thing.head].mass):
        stem = LEX.word("no" if no else "a")
        return [Token(stem + _AFTER_A[case][column], "DET")], _MIXED
    return [], _STRONG


def _noun_form(head: str, case: str, *, plural: bool) -> str:
    noun = LEX.noun[head]
    if plural:
        return noun["pl"] + ("n" if case == "dat" and noun["pl"][-1] not in "ns" else "")
    if case == "nom" or noun["gender"] == "f":
        return noun["sg"]
    if "weak" in noun:
        return noun["weak"]
    return noun.get("gen", noun["sg"] + "s") if case == "gen" else noun["sg"]


def _prepositional(preposition: str, thing: Thing, case: str) -> Tokens:
    """A preposition and its noun phrase; "in dem" becomes "im"."""
    tokens = _thing(thing, case)
    contracted = _CONTRACTED.get((preposition, tokens[0].form)) if tokens[0].upos == "DET" else None
    if contracted:
        return [Token(contracted, "ADP"), *tokens[1:]]
    return [Token(preposition, "ADP"), *tokens]


def _place(place: Place) -> Tokens:
    head, relation = place.thing.head, place.relation
    if head in NAMES:
        key = {"in": "in", "near": "near_city", "to": "to_city"}[relation]
        return _prepositional(LEX.word(key), place.thing, "dat")
    noun = LEX.noun[head]
    if relation == "to" and "to" in noun:
        return _prepositional(noun["to"], place.thing, "acc")
    preposition = noun.get("in", LEX.word("in")) if relation == "in" else LEX.word(relation)
    return _prepositional(preposition, place.thing, "dat")
