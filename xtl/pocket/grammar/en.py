"""English: subject, verb, object; do-support; "a" and "an"; possessive "'s"."""

from xtl.pocket.concepts import ADJECTIVES, NAMES, NOUNS, NUMERALS, VERBS
from xtl.pocket.grammar.base import Token, Tokens, attached, comma, finish, inside, mark, name, words
from xtl.pocket.lexicon import load
from xtl.pocket.meaning import Clause, Meaning, Place, Thing

SENTENCE_SPACE = " "
LEX = load("en")
_ASKED = {"place": Token("where", "ADV"), "time": Token("when", "ADV")}


def linearise(meaning: Meaning) -> Tokens:
    """Turn a meaning into an English sentence."""
    if meaning.question:
        return finish(_question(meaning.clause, meaning.question), "?")
    main = _statement(meaning.clause)
    if meaning.other is None:
        return finish(main, ".")
    other = inside(_statement(meaning.other))
    linker = Token(LEX.word(meaning.link), "CCONJ" if meaning.link in ("and", "but") else "SCONJ")
    if meaning.other_first:
        return finish([linker, *other, comma(), *main], ".")
    pause = [comma()] if meaning.link in ("and", "but") else []
    return finish([*main, *pause, linker, *other], ".")


def _statement(clause: Clause) -> Tokens:
    time = mark(words(LEX.adverb[clause.time]["form"]), "time") if clause.time else []
    before = bool(time) and LEX.adverb[clause.time].get("position") == "before"
    subject = mark(_thing(clause.subject), "subject")
    tokens = [*subject, *_verb(clause, time if before else []), *_after_verb(clause)]
    if clause.fronted:
        return [*time, comma(), *tokens]
    return tokens if before else [*tokens, *time]


def _after_verb(clause: Clause, asked: str = "") -> Tokens:
    """Predicate or object, recipient, manner and place."""
    tokens = _predicate(clause)
    if clause.object is not None and asked != "object":
        tokens += mark(_thing(clause.object), "object")
    if clause.recipient is not None:
        tokens.append(Token(LEX.word(VERBS[clause.predicate].recipient), "ADP"))
        tokens += mark(_thing(clause.recipient), "recipient")
    if clause.manner:
        tokens += words(LEX.adverb[clause.manner]["form"])
    if clause.place is not None and asked != "place":
        tokens += mark(_place(clause.place), "place")
    return tokens


def _predicate(clause: Clause) -> Tokens:
    """The adjective or noun after a copula."""
    if clause.predicate in ADJECTIVES:
        very = words(LEX.adverb["very"]["form"]) if clause.very else []
        return [*very, Token(LEX.adjective[clause.predicate]["form"], "ADJ")]
    if clause.predicate in NOUNS:
        return _thing(Thing(clause.predicate, definite=False))
    return []


def _copular(clause: Clause) -> bool:
    return clause.predicate == "be" or clause.predicate not in VERBS


def _auxiliary(clause: Clause) -> str:
    """The finite auxiliary of questions and denials."""
    if clause.tense == "future":
        return "will"
    past, plural = clause.tense == "past", clause.subject.plural
    if _copular(clause):
        return ("were" if plural else "was") if past else ("are" if plural else "is")
    return "did" if past else "do" if plural else "does"


def _verb(clause: Clause, before: Tokens) -> Tokens:
    """The verb of a statement, with its auxiliaries, its denial and the adverb that stands before it."""
    denial = [Token(LEX.word("not"), "PART")] if clause.negative else []
    if clause.negative or clause.tense == "future" or _copular(clause):
        return [Token(LEX.word(_auxiliary(clause)), "AUX"), *denial, *before, *_infinitive(clause)]
    forms = LEX.verb[clause.predicate]
    form = forms["past"] if clause.tense == "past" else forms["base" if clause.subject.plural else "present"]
    return [*before, Token(form, "VERB")]


def _infinitive(clause: Clause) -> Tokens:
    """What follows the auxiliary; nothing after a finite copula."""
    if not _copular(clause):
        return [Token(LEX.verb[clause.predicate]["base"], "VERB")]
    return [Token(LEX.word("be"), "AUX")] if clause.tense == "future" else []


def _question(clause: Clause, asked: str) -> Tokens:
    time = mark(words(LEX.adverb[clause.time]["form"]), "time") if clause.time and asked != "time" else []
    before = bool(time) and LEX.adverb[clause.time].get("position") == "before"
    after = [] if before else time
    rest = _after_verb(clause, asked)
    if asked == "subject":
        return [Token(LEX.word("who"), "PRON"), *_verb(clause, time if before else []), *rest, *after]
    asking = (
        [Token(LEX.word("what"), "PRON")] if asked == "object" else [_ASKED[asked]] if asked in _ASKED else []
    )
    subject = mark(_thing(clause.subject), "subject")
    auxiliary = Token(LEX.word(_auxiliary(clause)), "AUX")
    return [*asking, auxiliary, *subject, *(time if before else []), *_infinitive(clause), *rest, *after]


def _thing(thing: Thing) -> Tokens:
    tokens = name("en", thing.head) if thing.head in NAMES else _noun(thing)
    if thing.relative is not None:
        who = Token(LEX.word("who"), "PRON")
        return [*tokens, who, *_verb(thing.relative, []), *_after_verb(thing.relative)]
    if thing.also is not None:
        return [*tokens, Token(LEX.word("and"), "CCONJ"), *_thing(thing.also)]
    return tokens


def _noun(thing: Thing) -> Tokens:
    tokens = []
    if thing.adjective:
        tokens.append(Token(LEX.adjective[thing.adjective]["form"], "ADJ"))
    tokens.append(Token(LEX.noun[thing.head]["pl" if thing.count != 1 else "sg"], "NOUN"))
    return [*_determiner(thing, tokens[0].form), *tokens]


def _determiner(thing: Thing, following: str) -> Tokens:
    if thing.owner is not None:
        return [*_thing(thing.owner), attached(LEX.word("possessive"), "PART")]
    if thing.count > 1:
        numeral = Token(LEX.numeral[NUMERALS[thing.count]]["form"], "NUM")
        return [Token(LEX.word("a"), "DET"), numeral] if thing.count == 100 else [numeral]
    if thing.definite:
        return [Token(LEX.word("the"), "DET")]
    if thing.count != 1 or NOUNS[thing.head].mass:
        return []
    return [Token(LEX.word("an" if following[0] in "aeiou" else "a"), "DET")]


def _place(place: Place) -> Tokens:
    thing = place.thing
    noun = LEX.noun.get(thing.head, {})
    preposition = noun.get("in", LEX.word("in")) if place.relation == "in" else LEX.word(place.relation)
    return [Token(preposition, "ADP"), *_thing(thing)]
