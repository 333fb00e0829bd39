"""Spanish: two genders, two copulas, "a" before people, the verb first in questions."""

from xtl.pocket.concepts import ADJECTIVES, NAMES, NOUNS, NUMERALS, VERBS, noun_of
from xtl.pocket.grammar.base import Token, Tokens, comma, finish, mark, name, words
from xtl.pocket.grammar.romance import (
    PLAIN,
    Mood,
    contracted,
    feminine,
    generic,
    linked,
    profession,
    somebody,
    under,
    when,
)
from xtl.pocket.lexicon import Entry, load
from xtl.pocket.meaning import PLURAL, Clause, Meaning, Place, Thing

SENTENCE_SPACE = " "
LEX = load("es")
_SER = under(LEX.verb["be"], "ser_")
_CONTRACTED = {
    (LEX.word("of"), LEX.word("the_m")): LEX.word("of_the"),
    (LEX.word("to"), LEX.word("the_m")): LEX.word("to_the"),
}


def linearise(meaning: Meaning) -> Tokens:
    """Turn a meaning into a Spanish sentence."""
    if meaning.question:
        asked = contracted(_question(meaning.clause, meaning.question), _CONTRACTED)
        return finish(asked, "?", start=LEX.word("opening"))
    return finish(_and(contracted(linked(LEX, meaning, _statement), _CONTRACTED)), ".")


def _and(tokens: Tokens) -> Tokens:
    """Say "and" in its other form before the sound i."""
    for i, token in enumerate(tokens[:-1]):
        if token.upos == "CCONJ" and token.form == LEX.word("and") and tokens[i + 1].form[0] in "iI":
            tokens[i] = token._replace(form=LEX.word("and_before_i"))
    return tokens


def _statement(clause: Clause, mood: Mood) -> Tokens:
    subject = mark(_thing(clause.subject), "subject")
    if not clause.fronted:
        return [*subject, *_from_verb(clause, mood)]
    time, _ = when(LEX, clause)
    return [*time, comma(), *subject, *_verb(clause, mood), *_after_verb(clause, _well(clause))]


def _from_verb(clause: Clause, mood: Mood = PLAIN) -> Tokens:
    """All but the subject, in the order of statements."""
    time, position = when(LEX, clause)
    if position == "before":
        return [*_verb(clause, mood, time), *_after_verb(clause, _well(clause))]
    if position == "after":
        return [*_verb(clause, mood), *_after_verb(clause, [*time, *_well(clause)])]
    return [*_verb(clause, mood), *_after_verb(clause, _well(clause)), *time]


def _question(clause: Clause, asked: str) -> Tokens:
    if asked == "subject":
        return [Token(LEX.word("who"), "PRON"), *_from_verb(somebody(clause))]
    verb, subject = _verb(clause, PLAIN), mark(_thing(clause.subject), "subject")
    if clause.predicate in ADJECTIVES:
        return [*verb, *_predicate(clause), *subject]
    time, position = when(LEX, clause) if asked != "time" else ([], "")
    near, last = (time, []) if position else ([], time)
    tokens = [*_asking(clause, asked), *verb, *near, *_well(clause), *subject]
    return [*tokens, *_after_verb(clause, [], asked), *last]


def _asking(clause: Clause, asked: str) -> Tokens:
    if asked == "polar":
        return []
    if asked == "object":
        return [Token(LEX.word("what"), "PRON")]
    where = "where_to" if clause.place and clause.place.relation == "to" else "where"
    return [Token(LEX.word("when_asked" if asked == "time" else where), "ADV")]


def _copular(clause: Clause) -> bool:
    return clause.predicate == "be" or clause.predicate not in VERBS


def _forms(clause: Clause) -> Entry:
    """The forms of the verb; of the copula that the predicate takes."""
    if not _copular(clause):
        return LEX.verb[clause.predicate]
    adjective = LEX.adjective.get(clause.predicate, {})
    return LEX.verb["be"] if clause.predicate == "be" or "copula" in adjective else _SER


def _verb(clause: Clause, mood: Mood, before: Tokens | None = None) -> Tokens:
    """The verb with its denial, an adverb that stands before it, its pronoun and its auxiliary."""
    forms, plural = _forms(clause), clause.subject.plural
    tokens = [Token(LEX.word("not"), "ADV")] if clause.negative else []
    tokens += before or []
    if "reflexive" in forms:
        tokens.append(Token(LEX.word("self"), "PRON"))
    if clause.tense == "past" and mood.earlier and "imperfect" not in forms:
        had = LEX.word("had_doubted" if mood.doubted else "had")
        return [*tokens, Token(had + "n" * plural, "AUX"), Token(forms["participle"], "VERB")]
    form = _finite(forms, clause.tense, mood, plural=plural)
    return [*tokens, Token(form, "AUX" if _copular(clause) else "VERB")]


def _finite(forms: Entry, tense: str, mood: Mood, *, plural: bool) -> str:
    """One verb form in the third person."""
    if tense == "past" and mood.doubted:
        return forms["pasts"].removesuffix("ron") + "ra" + "n" * plural
    if tense == "past" and "imperfect" not in forms:
        return forms["pasts" if plural else "past"]
    key = "imperfect" if tense == "past" else "subjunctive" if mood.doubted else tense
    return forms.get(key + "s", forms[key] + "n") if plural else forms[key]


def _well(clause: Clause) -> Tokens:
    """An adverb of manner that stands next to the verb."""
    entry = LEX.adverb[clause.manner] if clause.manner else {}
    return words(entry["form"]) if "position" in entry else []


def _after_verb(clause: Clause, near: Tokens, asked: str = "") -> Tokens:
    """Predicate or object, manner, recipient and place.

    Args:
        clause: The clause.
        near: Adverbs that stand next to the verb; after an object without an article.
        asked: The role that a question asks for, which is left out.
    """
    tokens = _predicate(clause)
    if clause.object is not None and asked != "object":
        tokens = mark(_object(clause, clause.object), "object")
    bare = bool(tokens) and tokens[0].upos in ("NOUN", "ADJ")
    tokens = [*tokens, *near] if bare else [*near, *tokens]
    if clause.manner and not _well(clause):
        tokens += words(LEX.adverb[clause.manner]["form"])
    if clause.recipient is not None:
        preposition = LEX.word("from" if clause.predicate == "receive" else "to")
        tokens += mark([Token(preposition, "ADP"), *_thing(clause.recipient)], "recipient")
    if clause.place is not None and asked != "place":
        tokens += mark(_place(clause.place), "place")
    return tokens


def _predicate(clause: Clause) -> Tokens:
    """The adjective or noun after a copula."""
    if clause.predicate in NOUNS:
        return profession(LEX, clause)
    if clause.predicate not in ADJECTIVES:
        return []
    very = words(LEX.adverb["very"]["form"]) if clause.very else []
    female = feminine(LEX, clause.subject)
    return [*very, _adjective(clause.predicate, female=female, plural=clause.subject.plural)]


def _object(clause: Clause, thing: Thing) -> Tokens:
    """What is acted on; with a preposition if it is a person or if the verb asks for it."""
    preposition = LEX.verb[clause.predicate].get("object", "")
    if noun_of(thing.head).cls == "person":
        preposition = preposition or LEX.word("to")
    if not preposition:
        return _thing(thing)
    return [Token(preposition, "ADP"), *_thing(generic(clause, thing))]


def _thing(thing: Thing) -> Tokens:
    tokens = _name(thing.head) if thing.head in NAMES else _noun(thing)
    if thing.relative is not None:
        return [*tokens, Token(LEX.word("that"), "PRON"), *_from_verb(thing.relative)]
    if thing.also is not None:
        return [*tokens, Token(LEX.word("and"), "CCONJ"), *_thing(thing.also)]
    return tokens


def _name(key: str) -> Tokens:
    gender = LEX.name[key].get("article")
    return [*([Token(LEX.word(f"the_{gender}"), "DET")] if gender else []), *name("es", key)]


def _noun(thing: Thing) -> Tokens:
    plural, female = thing.count != 1, feminine(LEX, thing)
    tokens = [Token(LEX.noun[thing.head]["pl" if plural else "sg"], "NOUN")]
    if thing.adjective:
        before = LEX.adjective[thing.adjective].get("before")
        adjective = _adjective(thing.adjective, female=female, plural=plural)
        if before and not female and not plural:
            adjective = Token(before, "ADJ")
        tokens.insert(0 if before else 1, adjective)
    tokens = [*_determiner(thing, tokens[0], female=female), *tokens]
    if thing.owner is not None:
        tokens += [Token(LEX.word("of"), "ADP"), *_thing(thing.owner)]
    return tokens


def _determiner(thing: Thing, following: Token, *, female: bool) -> Tokens:
    gender = "f" if female else "m"
    if thing.count > 1:
        return [Token(LEX.numeral[NUMERALS[thing.count]]["form"], "NUM")]
    if thing.definite or thing.owner is not None:
        if thing.count == PLURAL:
            return [Token(LEX.word(f"the_{gender}_pl"), "DET")]
        the = LEX.noun[thing.head].get("the") if following.upos == "NOUN" else None
        return [Token(the or LEX.word(f"the_{gender}"), "DET")]
    if thing.count == PLURAL or NOUNS[thing.head].mass:
        return []
    return [Token(LEX.word(f"a_{gender}"), "DET")]


def _adjective(key: str, *, female: bool, plural: bool) -> Token:
    entry = LEX.adjective[key]
    form = entry["form"]
    if plural and "pl" in entry:
        return Token(entry["pl"], "ADJ")
    if female and form.endswith("o"):
        form = form[:-1] + "a"
    ending = "" if not plural else "s" if form[-1] in "aeiou" else "es"
    return Token(form + ending, "ADJ")


def _place(place: Place) -> Tokens:
    tokens = [Token(LEX.word(place.relation), "ADV" if place.relation == "near" else "ADP")]
    if place.relation == "near":
        tokens.append(Token(LEX.word("of"), "ADP"))
    return [*tokens, *_thing(place.thing)]
