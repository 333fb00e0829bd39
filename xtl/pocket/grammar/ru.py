"""Russian: six cases, gender in adjectives and in the past, aspect, and no copula in the present."""

from dataclasses import replace
from functools import cache
from typing import NamedTuple

from xtl.pocket.concepts import ADJECTIVES, ADVERBS, NAMES, NOUNS, NUMERALS, VERBS, noun_of
from xtl.pocket.grammar.base import Token, Tokens, comma, finish, inside, mark, name, words
from xtl.pocket.lexicon import Entry, load
from xtl.pocket.meaning import PLURAL, Clause, Meaning, Place, Thing

SENTENCE_SPACE = " "
LEX = load("ru")
_COLUMNS = "mfn"
"""One column a gender; the last one is the plural."""
_CASES = ("nom", "gen", "dat", "acc", "ins", "loc")
_NOT = Token(LEX.word("not"), "PART")
_LINKS = {
    "and": (Token(LEX.word("and"), "CCONJ"),),
    "but": (Token(LEX.word("but"), "CCONJ"),),
    "because": tuple(words(LEX.word("because"))),
    "when": (Token(LEX.word("when"), "SCONJ"),),
    "that": (Token(LEX.word("that"), "SCONJ"),),
}
_ENDINGS = {case: LEX.word(f"adj_{case}").split() for case in _CASES}
_SOFTEN = str.maketrans(*LEX.word("soften").split())
_SECOND = {
    key: {field.removesuffix("2"): form for field, form in entry.items() if field.endswith("2")}
    for key, entry in LEX.verb.items()
    if "class2" in entry
}
"""Verbs that have another word with a certain class of objects or places."""


class Verb(NamedTuple):
    """What stands before the adverb of manner ("not will", in the future), and what stands after it."""

    before: Tokens
    main: Tokens


def linearise(meaning: Meaning) -> Tokens:
    """Turn a meaning into a Russian sentence."""
    if meaning.question:
        return finish(_question(meaning.clause, meaning.question), "?")
    main = _statement(meaning.clause)
    if meaning.other is None:
        return finish(main, ".")
    other = inside(_statement(meaning.other))
    if not meaning.other_first:
        return finish([*main, comma(), *_LINKS[meaning.link], *other], ".")
    linker = words(LEX.word("because_first")) if meaning.link == "because" else _LINKS[meaning.link]
    return finish([*linker, *other, comma(), *main], ".")


def _statement(clause: Clause) -> Tokens:
    """A clause; "not" stands before an adverb of frequency."""
    time, before = _time(clause)
    if clause.negative and time and ADVERBS[clause.time].cls == "frequency":
        time, clause = [_NOT, *time], replace(clause, negative=False)
    rest = [*_predicate(clause, _column(clause.subject)), *_after_verb(clause)]
    if clause.fronted:
        return [*time, *_subject(clause), *rest]
    if before:
        return [*_subject(clause), *time, *rest]
    return [*_subject(clause), *rest, *time]


def _time(clause: Clause, asked: str = "") -> tuple[Tokens, bool]:
    """The time, and whether it stands before the verb."""
    if not clause.time or asked == "time":
        return [], False
    entry = LEX.adverb[clause.time]
    return mark(words(entry["form"]), "time"), entry.get("position") == "before"


def _subject(clause: Clause) -> Tokens:
    """The subject; who is not somewhere stands in the genitive."""
    absent = clause.predicate == "be" and clause.negative
    return mark(_thing(clause.subject, "gen" if absent else "nom"), "subject")


def _question(clause: Clause, asked: str) -> Tokens:
    if asked == "polar":
        return _statement(clause)
    time, before = _time(clause, asked)
    early, late = (time, []) if before else ([], time)
    rest = _after_verb(clause, asked)
    if asked == "subject":
        who = Token(LEX.word("who"), "PRON")
        return [who, *early, *_predicate(clause, 0, asked=True), *rest, *late]
    subject, verb = _subject(clause), _predicate(clause, _column(clause.subject))
    if asked == "object":
        return [Token(LEX.word("what"), "PRON"), *early, *verb, *subject, *rest, *late]
    where = "where_to" if clause.place and clause.place.relation == "to" else "where"
    asking = Token(LEX.word("when_asked" if asked == "time" else where), "ADV")
    if rest:
        return [asking, *subject, *early, *verb, *rest, *late]
    return [asking, *early, *verb, *subject, *late]


def _predicate(clause: Clause, column: int, *, asked: bool = False) -> Tokens:
    """The verb with its denial and manner, or the copula with its adjective or noun."""
    if clause.predicate == "be":
        return _being(clause, column)
    if clause.predicate not in VERBS:
        return [*_copula(clause, column), *_complement(clause, column, dash=not asked)]
    manner = _manner(clause)
    verb = _verb(clause, column)
    if clause.negative and not verb.before:
        return [_NOT, *verb.main]
    return [*([_NOT] if clause.negative else []), *verb.before, *manner, *verb.main]


def _manner(clause: Clause) -> Tokens:
    if not clause.manner:
        return []
    own = LEX.verb[clause.predicate].get("careful", "") if clause.manner == "carefully" else ""
    return words(own or LEX.adverb[clause.manner]["form"])


def _verb(clause: Clause, column: int) -> Verb:
    entry = LEX.verb[clause.predicate]
    target = clause.object or (clause.place.thing if clause.place is not None else None)
    if target is not None and entry.get("class2") == noun_of(target.head).cls:
        entry = _SECOND[clause.predicate]
    vague = "ipf" in entry and _vague(clause.object)
    if clause.tense == "past":
        aspect = "ipf" if vague else "neg" if clause.negative and "neg" in entry else "past"
        return Verb([], [Token(_past(entry, aspect, column), "VERB")])
    if clause.tense == "future" and (vague or "future" not in entry):
        will = Token(LEX.verb["be"]["future"].split()[column == 3], "AUX")
        return Verb([will], [Token(entry["inf"], "VERB")])
    return Verb([], [Token(entry[clause.tense].split()[column == 3], "VERB")])


def _vague(thing: Thing | None) -> bool:
    """Whether an object has no known amount: "bread", "books"."""
    if thing is None or thing.definite or thing.head in NAMES or thing.owner is not None:
        return False
    return thing.count == PLURAL or NOUNS[thing.head].mass


def _past(entry: Entry, aspect: str, column: int) -> str:
    masculine = entry[aspect]
    if column == 0:
        return masculine
    stem = masculine.removesuffix(LEX.word("self_m"))
    ending = LEX.word("past").split()[column - 1]
    if aspect == "past" and "past_f" in entry:
        return entry["past_f"][:-1] + ending
    return stem + ending + (LEX.word("self") if stem != masculine else "")


def _being(clause: Clause, column: int) -> Tokens:
    """Being somewhere: nothing in the present; denied, it does not agree with anything."""
    if clause.negative and clause.tense == "present":
        return [Token(LEX.word("no"), "VERB")]
    return _copula(clause, 2 if clause.negative else column)


def _copula(clause: Clause, column: int) -> Tokens:
    denial = [_NOT] if clause.negative else []
    if clause.tense == "present":
        return denial
    entry = LEX.verb["be"]
    plural = column == 3
    form = _past(entry, "past", column) if clause.tense == "past" else entry["future"].split()[plural]
    return [*denial, Token(form, "AUX")]


def _complement(clause: Clause, column: int, *, dash: bool) -> Tokens:
    """The adjective, short or long, or the noun; nominative without a copula and instrumental after it."""
    bare = clause.tense == "present"
    if clause.predicate in ADJECTIVES:
        entry = LEX.adjective[clause.predicate]
        very = words(LEX.adverb["very"]["form"]) if clause.very else []
        if "short" in entry:
            return [*very, Token(entry["short"].split()[column], "ADJ")]
        return [*very, Token(_declined(entry["form"], "nom" if bare else "ins", column), "ADJ")]
    noun = Token(_profession(clause, column, "nom" if bare else "ins"), "NOUN")
    return [Token(LEX.word("dash"), "PUNCT"), noun] if bare and dash and not clause.negative else [noun]


def _profession(clause: Clause, column: int, case: str) -> str:
    entry = LEX.noun[clause.predicate]
    if column == 3:
        nominative, _, dative = entry["pl"].split()
        return nominative if case == "nom" else dative + LEX.word("plural_ins")
    if column == 1 and "f" in entry:
        return entry["f"].split()[case == "ins"]
    return _singular(clause.predicate, case)


def _after_verb(clause: Clause, asked: str = "") -> Tokens:
    """Recipient, object, manner of what is denied, and place."""
    tokens: Tokens = []
    source = LEX.verb[clause.predicate].get("from") if clause.recipient is not None else None
    if clause.recipient is not None and source is None:
        tokens += mark(_thing(clause.recipient, "dat"), "recipient")
    if clause.object is not None and asked != "object":
        case = LEX.verb[clause.predicate].get("object", "acc")
        tokens += mark(_thing(clause.object, case), "object")
    if clause.recipient is not None and source is not None:
        tokens += mark([Token(source, "ADP"), *_thing(clause.recipient, "gen")], "recipient")
    if clause.manner and clause.negative and not _verb(clause, 0).before:
        tokens += _manner(clause)
    if clause.place is not None and asked != "place":
        tokens += mark(_place(clause.place), "place")
    return tokens


def _place(place: Place) -> Tokens:
    head = place.thing.head
    if place.relation == "near":
        return [Token(LEX.word("near"), "ADP"), *_thing(place.thing, "gen")]
    preposition = LEX.noun.get(head, {}).get("in", LEX.word("in"))
    return [Token(preposition, "ADP"), *_thing(place.thing, "acc" if place.relation == "to" else "loc")]


def _thing(thing: Thing, case: str) -> Tokens:
    tokens = _name(thing.head, case) if thing.head in NAMES else _noun(thing, case)
    if thing.relative is not None:
        which = Token(_declined(LEX.word("which"), "nom", _column(thing)), "PRON")
        return [*tokens, comma(), which, *_relative(thing.relative, _column(thing)), comma()]
    if thing.also is not None:
        return [*tokens, *_LINKS["and"], *_thing(thing.also, case)]
    return tokens


def _relative(clause: Clause, column: int) -> Tokens:
    """The rest of a relative clause, where being somewhere needs a verb."""
    if clause.predicate == "be" and clause.tense == "present":
        verb = [Token(LEX.verb["be"]["present"].split()[column == 3], "VERB")]
    else:
        verb = _predicate(clause, column)
    return [*verb, *_after_verb(clause)]


def _name(key: str, case: str) -> Tokens:
    entry = LEX.name[key]
    return name("ru", key, entry.get(case) or (entry.get("gen", "") if case == "acc" else ""))


def _column(thing: Thing) -> int:
    """What agrees with the thing: the column of its gender, or of the plural."""
    if thing.plural:
        return 3
    if thing.head in NOUNS:
        return _COLUMNS.index(LEX.noun[thing.head]["gender"])
    return _COLUMNS.index(NAMES[thing.head].sex or LEX.name[thing.head]["gender"])


def _noun(thing: Thing, case: str) -> Tokens:
    entry = LEX.noun[thing.head]
    gender = _COLUMNS.index(entry["gender"])
    animate = NOUNS[thing.head].cls in ("person", "animal")
    tokens: Tokens = []
    column, adjective_case, noun = 3, case, ""
    if thing.count > 1:
        tokens, adjective_case, noun = _counted(thing, case, gender, animate=animate)
    elif thing.count == PLURAL:
        noun = _plural(thing.head, case, animate=animate)
    else:
        column, noun = gender, _singular(thing.head, case)
    if adjective_case == "acc" and animate and column in (0, 3):
        adjective_case = "gen"
    forms = [LEX.adjective[thing.adjective]["form"]] if thing.adjective else []
    forms += [entry["pre"]] if "pre" in entry else []
    tokens += [Token(_declined(form, adjective_case, column), "ADJ") for form in forms]
    tokens.append(Token(noun, "NOUN"))
    return tokens if thing.owner is None else [*tokens, *_thing(thing.owner, "gen")]


def _counted(thing: Thing, case: str, gender: int, *, animate: bool) -> tuple[Tokens, str, str]:
    """The numeral, the case of adjectives, and the noun: genitive singular after two to four, else plural."""
    numeral, entry = LEX.numeral[NUMERALS[thing.count]], LEX.noun[thing.head]
    genitive = entry["pl"].split()[1]
    if case not in ("nom", "acc") or (case == "acc" and animate and thing.count < 5):
        return [Token(numeral["gen"], "NUM")], "gen", genitive
    form = numeral.get("f", numeral["form"]) if gender == 1 else numeral["form"]
    if thing.count > 4:
        return [Token(form, "NUM")], "gen", genitive
    few = entry.get("few") or _singular(thing.head, "gen")
    return [Token(form, "NUM")], "nom" if gender == 1 else "gen", few


def _singular(head: str, case: str) -> str:
    forms = LEX.noun[head]["sg"].split()
    return forms[0] if len(forms) == 1 else forms[_CASES.index(case)]


def _plural(head: str, case: str, *, animate: bool) -> str:
    forms = LEX.noun[head]["pl"].split()
    if case == "acc":
        case = "gen" if animate else "nom"
    return forms[_CASES.index(case)]


@cache
def _declined(form: str, case: str, column: int) -> str:
    """An adjective in a case, from its masculine nominative."""
    ending = _ENDINGS[case][column]
    if column == 0 and case in ("nom", "acc"):
        return form
    stem = form[:-2]
    velar = stem[-1] in LEX.word("velar")
    hushed = stem[-1] in LEX.word("hush") and not form.endswith(LEX.word("hard_m"))
    changing = LEX.word("soften")[: velar + hushed]
    if ending[0] in changing or (not velar and form.endswith(LEX.word("soft_m"))):
        return stem + ending[0].translate(_SOFTEN) + ending[1:]
    return stem + ending
