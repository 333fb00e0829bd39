"""French: two genders, elision, "ne ... pas", a past with "avoir" or "être", questions with "est-ce que"."""

from dataclasses import replace
from itertools import pairwise

from xtl.pocket.concepts import ADJECTIVES, NAMES, NOUNS, NUMERALS, VERBS, noun_of
from xtl.pocket.grammar.base import Token, Tokens, attached, comma, finish, mark, name, words
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
LEX = load("fr")
_VERBS = LEX.verb
_WITH_PERSON = {key: found for key, entry in _VERBS.items() if (found := under(entry, "person_"))}
_HAVE = {
    "present": LEX.word("have"),
    "presents": LEX.word("haves"),
    "imperfect": LEX.word("had"),
    "subjunctive": LEX.word("have_doubted"),
    "subjunctives": LEX.word("haves_doubted"),
}
_CONTRACTED = {
    (LEX.word(preposition), LEX.word(article)): LEX.word(f"{preposition}_{article}".replace("_m", ""))
    for preposition in ("to", "of")
    for article in ("the_m", "the_pl")
}
_VOWELS = LEX.word("vowels")
_ELIDED = frozenset(LEX.word(key) for key in ("the_m", "the_f", "of", "that", "ne", "self"))


def linearise(meaning: Meaning) -> Tokens:
    """Turn a meaning into a French sentence."""
    if meaning.question:
        tokens = finish(_joined(_question(meaning.clause, meaning.question)), "?")
        tokens[-1] = tokens[-1]._replace(space=True)
        return tokens
    return finish(_joined(linked(LEX, meaning, _statement)), ".")


def _joined(tokens: Tokens) -> Tokens:
    """Drop the last vowel of short words before a vowel, then contract what is left."""
    for i, (token, following) in enumerate(pairwise(tokens)):
        if token.form in _ELIDED and _vowel(following.form):
            tokens[i] = token._replace(form=token.form[:-1] + "'")
            tokens[i + 1] = following._replace(space=False)
    return contracted(tokens, _CONTRACTED)


def _vowel(form: str) -> bool:
    """Whether a word begins with a vowel sound; "huit" does not."""
    return form[0].lower() in _VOWELS and form != LEX.numeral["eight"]["form"]


def _statement(clause: Clause, mood: Mood) -> Tokens:
    subject = mark(_thing(clause.subject), "subject")
    if not clause.fronted:
        return [*subject, *_from_verb(clause, mood)]
    return [*when(LEX, clause)[0], comma(), *subject, *_from_verb(replace(clause, time=""), mood)]


def _from_verb(clause: Clause, mood: Mood = PLAIN, asked: str = "") -> Tokens:
    """All but the subject."""
    time, position = when(LEX, clause) if asked != "time" else ([], "")
    tokens = [*_verb(clause, mood, time if position else []), *_predicate(clause)]
    if clause.object is not None and asked != "object":
        tokens += mark(_object(clause, clause.object), "object")
    if clause.recipient is not None:
        preposition = LEX.word("from" if clause.predicate == "receive" else "to")
        tokens += mark([Token(preposition, "ADP"), *_thing(clause.recipient)], "recipient")
    if clause.place is not None and asked != "place":
        tokens += mark(_place(clause.place), "place")
    return tokens if position else [*tokens, *time]


def _question(clause: Clause, asked: str) -> Tokens:
    if asked == "subject":
        return [Token(LEX.word("who"), "PRON"), *_from_verb(somebody(clause))]
    subject = mark(_thing(clause.subject), "subject")
    if asked == "place" and clause.predicate == "be":
        time, _ = when(LEX, clause)
        return [Token(LEX.word("where"), "ADV"), *_verb(clause, PLAIN, []), *subject, *time]
    tokens = []
    if asked != "polar":
        key = "when_asked" if asked == "time" else "where" if asked == "place" else "what"
        tokens.append(Token(LEX.word(key), "PRON" if asked == "object" else "ADV"))
    tokens += [
        Token(LEX.word("is_asked"), "AUX"),
        attached(LEX.word("it_asked"), "PRON"),
        Token(LEX.word("that_asked"), "SCONJ"),
    ]
    return [*tokens, *subject, *_from_verb(clause, asked=asked)]


def _copular(clause: Clause) -> bool:
    return clause.predicate == "be" or clause.predicate not in VERBS


def _forms(clause: Clause) -> Entry:
    """The forms of the verb, which can depend on whether the object is a person."""
    if _copular(clause):
        return _VERBS["be"]
    if clause.predicate in _WITH_PERSON and clause.object and noun_of(clause.object.head).cls == "person":
        return _WITH_PERSON[clause.predicate]
    return _VERBS[clause.predicate]


def _verb(clause: Clause, mood: Mood, often: Tokens) -> Tokens:
    """The verb with pronoun, auxiliary and denial, and the adverbs in and after it."""
    forms = _forms(clause)
    manner, inner = [], often
    if clause.manner:
        entry = LEX.adverb[clause.manner]
        manner = words(entry["form"])
        if "position" in entry:
            manner, inner = [], [*often, *manner]
    compound = clause.tense == "past" and "imperfect" not in forms
    if compound:
        finite = Token(_auxiliary(forms, clause, mood), "AUX")
        last = [_participle(forms, clause)]
    else:
        upos = "AUX" if _copular(clause) else "VERB"
        finite, last = Token(_finite(forms, clause, mood), upos), []
    if "noun" in forms:
        last.append(Token(forms["noun"], "NOUN"))
    self = [Token(LEX.word("self"), "PRON")] if "reflexive" in forms else []
    if clause.negative:
        ne, no = Token(LEX.word("ne"), "ADV"), Token(LEX.word("not"), "ADV")
        return [ne, *self, finite, no, *inner, *last, *manner]
    return [*self, finite, *inner, *last, *manner]


def _auxiliary(forms: Entry, clause: Clause, mood: Mood) -> str:
    auxiliary = _VERBS["be"] if "auxiliary" in forms else _HAVE
    key = "subjunctive" if mood.doubted else "imperfect" if mood.earlier else "present"
    return _inflected(auxiliary, key, plural=clause.subject.plural)


def _participle(forms: Entry, clause: Clause) -> Token:
    """The past participle; after "être" it agrees with the subject."""
    form = forms["participle"]
    if "auxiliary" in forms:
        form += "e" * feminine(LEX, clause.subject) + "s" * clause.subject.plural
    return Token(form, "VERB")


def _finite(forms: Entry, clause: Clause, mood: Mood) -> str:
    """One verb form in the third person; what is doubted but past or to come is in the indicative."""
    if clause.tense == "present":
        key = "subjunctive" if mood.doubted else "present"
    else:
        key = "imperfect" if clause.tense == "past" else "future"
    return _inflected(forms, key, plural=clause.subject.plural)


def _inflected(forms: Entry, key: str, *, plural: bool) -> str:
    listed = forms.get(key + "s" if plural else key)
    if listed:
        return listed
    if key == "future":
        singular = forms.get(key, forms.get("inf", "").removesuffix("e") + "a")
        return singular[:-1] + "ont" if plural else singular
    if key == "imperfect":
        return forms[key].removesuffix("t") + "ent"
    if key in forms:
        return forms[key] + "nt"
    return forms["presents"].removesuffix("" if plural else "nt")


def _predicate(clause: Clause) -> Tokens:
    """The adjective or noun after a copula."""
    if clause.predicate in NOUNS:
        return profession(LEX, clause)
    if clause.predicate not in ADJECTIVES:
        return []
    entry = LEX.adjective[clause.predicate]
    if "phrase" in entry:
        return words(entry["very" if clause.very else "phrase"])
    very = words(LEX.adverb["very"]["form"]) if clause.very else []
    return [*very, _adjective(entry, feminine(LEX, clause.subject), clause.subject.plural)]


def _object(clause: Clause, thing: Thing) -> Tokens:
    forms = _forms(clause)
    if clause.predicate == "love":
        return _thing(generic(clause, thing))
    if "object" in forms:
        return [Token(forms["object"], "ADP"), *_thing(thing)]
    return _thing(thing, denied=clause.negative)


def _thing(thing: Thing, *, denied: bool = False) -> Tokens:
    tokens = _name(thing.head) if thing.head in NAMES else _noun(thing, denied=denied)
    if thing.relative is not None:
        return [*tokens, Token(LEX.word("which"), "PRON"), *_from_verb(thing.relative)]
    if thing.also is not None:
        return [*tokens, Token(LEX.word("and"), "CCONJ"), *_thing(thing.also)]
    return tokens


def _name(key: str) -> Tokens:
    gender = LEX.name[key].get("article")
    return [*([Token(LEX.word(f"the_{gender}"), "DET")] if gender else []), *name("fr", key)]


def _noun(thing: Thing, *, denied: bool) -> Tokens:
    plural = thing.count != 1
    tokens = [Token(LEX.noun[thing.head]["pl" if plural else "sg"], "NOUN")]
    if thing.adjective:
        _describe(tokens, LEX.adjective[thing.adjective], feminine(LEX, thing), plural)
    tokens = [*_determiner(thing, tokens[0], denied=denied), *tokens]
    if thing.owner is not None:
        tokens += [Token(LEX.word("of"), "ADP"), *_thing(thing.owner)]
    return tokens


def _describe(tokens: Tokens, entry: Entry, female: object, plural: object) -> None:
    """Put an adjective before or after the noun."""
    if "phrase" in entry:
        tokens += words(entry["phrase"])
    elif "position" not in entry:
        tokens.append(_adjective(entry, female, plural))
    elif "vowel" in entry and not female and not plural and _vowel(tokens[0].form):
        tokens.insert(0, Token(entry["vowel"], "ADJ"))
    else:
        tokens.insert(0, _adjective(entry, female, plural))


def _determiner(thing: Thing, following: Token, *, denied: bool) -> Tokens:
    gender = LEX.noun[thing.head]["gender"]
    if thing.count > 1:
        return [Token(LEX.numeral[NUMERALS[thing.count]]["form"], "NUM")]
    if thing.definite or thing.owner is not None:
        return [Token(LEX.word("the_pl" if thing.count == PLURAL else f"the_{gender}"), "DET")]
    if denied or (thing.count == PLURAL and following.upos == "ADJ"):
        return [Token(LEX.word("some"), "DET")]
    if thing.count == PLURAL:
        return [Token(LEX.word("a_pl"), "DET")]
    if not NOUNS[thing.head].mass:
        return [Token(LEX.word(f"a_{gender}"), "DET")]
    if gender == "m" and not _vowel(following.form):
        return [Token(LEX.word("of_the"), "DET")]
    return [Token(LEX.word("some"), "ADP"), Token(LEX.word(f"the_{gender}"), "DET")]


def _adjective(entry: Entry, female: object, plural: object) -> Token:
    form = entry["f" if female else "form"]
    if not plural or form[-1] in "sx":
        return Token(form, "ADJ")
    return Token(form + "s" if female else entry.get("pl", form + "s"), "ADJ")


def _place(place: Place) -> Tokens:
    thing, relation = place.thing, place.relation
    noun = LEX.noun.get(thing.head, {})
    if relation == "near":
        return [Token(LEX.word("near"), "ADV"), Token(LEX.word("of"), "ADP"), *_thing(thing)]
    default = "in_city" if relation == "in" and thing.head in NAMES else relation
    preposition = noun.get(relation, LEX.word(default))
    tokens = _thing(thing)
    return [Token(preposition, "ADP"), *(tokens[1:] if preposition == "en" else tokens)]
