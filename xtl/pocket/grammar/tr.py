"""Turkish: the verb last, suffixes in vowel harmony, clauses as nouns and participles."""

from dataclasses import replace
from functools import cache
from typing import Literal

from xtl.pocket.concepts import ADJECTIVES, NAMES, NOUNS, NUMERALS, VERBS
from xtl.pocket.grammar.base import Token, Tokens, comma, finish, inside, mark, name, words
from xtl.pocket.lexicon import load
from xtl.pocket.meaning import PLURAL, Clause, Meaning, Place, Thing

SENTENCE_SPACE = " "
LEX = load("tr")
Mood = Literal["said", "asked", "fact", "participle"]
"""How a clause ends: as a statement, as a question with its particle, as a noun, as an attribute."""
_VOWELS, _HIGH = LEX.word("high").split()
_HARD, _SOFT = LEX.word("soften").split()
_TO_SOFT = dict(zip(_HARD, _SOFT, strict=True))
_OPEN = "YSNIA"
"""What a suffix begins with that begins with a vowel after a consonant."""


def linearise(meaning: Meaning) -> Tokens:
    """Turn a meaning into a Turkish sentence."""
    if meaning.question:
        return _finish(_question(meaning.clause, meaning.question), "?")
    main, link = meaning.clause, meaning.link
    if meaning.other is None:
        return _finish(_statement(main), ".")
    if link in ("and", "but", "because") and not meaning.other_first:
        pause = [] if link == "and" else [comma()]
        linker = Token(LEX.word(link), "CCONJ")
        return _finish([*_statement(main), *pause, linker, *inside(_statement(meaning.other))], ".")
    other = inside(_dependent(meaning.other, link))
    if meaning.other_first:
        return _finish([*other, comma(), *_statement(main)], ".")
    return _finish([*_fronted(main), *_subject(main), comma(), *other, *_rest(main, "said")], ".")


def _finish(tokens: Tokens, end: str) -> Tokens:
    """Make a sentence; the capital of "i" keeps its dot."""
    first = tokens[0].form
    if first[0] == "i":
        tokens[0] = tokens[0]._replace(form=LEX.word("capital_i") + first[1:])
    return finish(tokens, end)


def _statement(clause: Clause) -> Tokens:
    return [*_fronted(clause), *_subject(clause), *_rest(clause, "said")]


def _fronted(clause: Clause) -> Tokens:
    return _time(clause) if clause.fronted else []


def _time(clause: Clause) -> Tokens:
    return mark(words(LEX.adverb[clause.time]["form"]), "time") if clause.time else []


def _subject(clause: Clause, case: str = "nom") -> Tokens:
    return mark(_thing(clause.subject, case), "subject")


def _dependent(clause: Clause, link: str) -> Tokens:
    """A clause as a noun: that it happened, when it happened, because it happened."""
    tokens = [*_subject(clause, "gen" if link == "that" else "nom"), *_rest(clause, "fact")]
    if link == "because":
        return [*tokens, Token(LEX.word("because_of"), "ADP")]
    return _suffixed(tokens, LEX.word("fact_acc" if link == "that" else "fact_loc"))


def _question(clause: Clause, asked: str) -> Tokens:
    if asked == "polar":
        return [*_subject(clause), *_rest(clause, "asked")]
    subject = [] if asked == "subject" else _subject(clause)
    return [*subject, *_rest(clause, "said", asked)]


def _rest(clause: Clause, mood: Mood, asked: str = "") -> Tokens:
    """The clause after its subject.

    Args:
        clause: The clause.
        mood: How it ends.
        asked: The role that a question word fills; it stands close to the verb.
    """
    time = [] if clause.fronted or asked == "time" else _time(clause)
    place = [] if clause.place is None or asked == "place" else mark(_place(clause.place), "place")
    asking = _asking(clause, asked)
    if clause.predicate not in VERBS or (clause.predicate == "be" and mood != "participle"):
        complement = (
            [*asking, *place] if clause.predicate == "be" else [*place, *asking, *_complement(clause)]
        )
        return [*time, *_copular(complement, clause, mood)]
    thing = mark(_object(clause), "object") if clause.object is not None and asked != "object" else []
    recipient = _recipient(clause)
    manner = _manner(clause)
    if asked == "object":
        manner, asking = [*manner, *asking], []
    if _indefinite(clause.object) and "object" not in LEX.verb[clause.predicate]:
        late = [*recipient, *asking, *manner, *thing]
    else:
        late = [*thing, *recipient, *asking, *manner]
    return [*time, *place, *late, *_verb(clause, mood)]


def _manner(clause: Clause) -> Tokens:
    if not clause.manner:
        return []
    entry = LEX.adverb[clause.manner]
    return words(entry.get("with_object", entry["form"]) if clause.object is not None else entry["form"])


def _asking(clause: Clause, asked: str) -> Tokens:
    if asked in ("subject", "object"):
        return [Token(LEX.word("who" if asked == "subject" else "what"), "PRON")]
    if asked == "time":
        return words(LEX.word("when_asked"))
    if asked == "place":
        return words(LEX.word("where_to" if clause.place and clause.place.relation == "to" else "where"))
    return []


def _complement(clause: Clause) -> Tokens:
    """The adjective or noun that is said of the subject."""
    if clause.predicate in ADJECTIVES:
        very = words(LEX.adverb["very"]["form"]) if clause.very else []
        return [*very, Token(LEX.adjective[clause.predicate]["form"], "ADJ")]
    return [Token(LEX.noun[clause.predicate]["form"], "NOUN")]


def _copular(tokens: Tokens, clause: Clause, mood: Mood) -> Tokens:
    """Put the copula after a complement: nothing in the present, a suffix in the past, else a verb."""
    if mood == "fact" or clause.tense == "future":
        stem = LEX.verb["be"]["form"]
        return [*tokens, *_with_particle(Token(_verb_form(stem, stem, clause, mood), "AUX"), mood)]
    if clause.negative:
        tokens = [*tokens, Token(LEX.word("not"), "AUX")]
    if mood == "asked":
        return [*tokens, _harmonic(tokens[-1], LEX.word("ask_past" if clause.tense == "past" else "ask"))]
    return _suffixed(tokens, LEX.word("copula")) if clause.tense == "past" else tokens


def _verb(clause: Clause, mood: Mood) -> Tokens:
    if clause.predicate == "be":
        stem = LEX.word("be_at")
        return [Token(_verb_form(stem, stem, clause, mood), "VERB")]
    entry = LEX.verb[clause.predicate]
    stem = entry["form"]
    lasted = mood == "asked" and _ending(clause, mood) == "lasting"
    said = replace(clause, tense="present") if lasted else clause
    verb = Token(_verb_form(stem, entry.get("soft", stem), said, mood), "VERB")
    return [*words(entry.get("pre", "")), *_with_particle(verb, mood, "ask_past" if lasted else "ask")]


def _with_particle(verb: Token, mood: Mood, particle: str = "ask") -> Tokens:
    """The verb, and in a question the particle, which takes the past of a state from it."""
    return [verb, _harmonic(verb, LEX.word(particle))] if mood == "asked" else [verb]


def _harmonic(before: Token, suffix: str) -> Token:
    """A particle that is a word of its own, in harmony with the word before it."""
    return Token(_attach(before.form, suffix)[len(before.form) :], "AUX")


def _ending(clause: Clause, mood: Mood) -> str:
    """Which suffix of the function words the verb takes."""
    if mood == "participle":
        return "participle"
    if mood == "fact":
        return "future_fact" if clause.tense == "future" else "fact"
    if clause.tense == "past" and "lasting" in LEX.verb.get(clause.predicate, {}):
        return "lasting"
    return clause.tense


def _verb_form(stem: str, soft: str, clause: Clause, mood: Mood) -> str:
    """A verb in its tense, denied or not, in the third person."""
    key = _ending(clause, mood)
    drops = key in ("present", "lasting")
    if clause.negative:
        suffix = LEX.word(f"{key}_negative") if drops else LEX.word("negative") + LEX.word(key)
        return _attach(stem, suffix)
    suffix = LEX.word(key)
    base = soft if suffix[0] in _OPEN else stem
    if drops and base[-1] in _VOWELS:
        return _attach(base[:-1], suffix, last=_last_vowel(base[:-1]) or base[-1])
    return _attach(base, suffix)


def _object(clause: Clause) -> Tokens:
    """What is acted on: in the accusative where it is known, without a suffix where it is not."""
    thing = clause.object
    if thing is None:
        return []
    case = LEX.verb[clause.predicate].get("object")
    if case == "with":
        return [*_thing(thing, "nom"), Token(LEX.word("with"), "ADP")]
    if case is None and _indefinite(thing):
        if clause.negative and not thing.adjective:
            return [Token(LEX.noun[thing.head]["form"], "NOUN")]
        return _noun(thing, "nom")
    return _thing(thing, case or "acc")


def _indefinite(thing: Thing | None) -> bool:
    return thing is not None and thing.head in NOUNS and not thing.definite and thing.owner is None


def _recipient(clause: Clause) -> Tokens:
    if clause.recipient is None:
        return []
    case = "dat" if VERBS[clause.predicate].recipient == "to" else "abl"
    return mark(_thing(clause.recipient, case), "recipient")


def _place(place: Place) -> Tokens:
    if place.relation == "near":
        return [*_thing(place.thing, "gen"), Token(LEX.word("near"), "NOUN")]
    return _thing(place.thing, "dat" if place.relation == "to" else "loc")


def _thing(thing: Thing, case: str) -> Tokens:
    """A noun phrase; of two joined names only the last one takes the suffix."""
    if thing.also is not None:
        first = _thing(Thing(thing.head), "nom")
        return [*first, Token(LEX.word("and"), "CCONJ"), *_thing(thing.also, case)]
    if thing.head in NAMES:
        return name("tr", thing.head, _name_form(thing.head, case))
    if thing.relative is not None:
        return [*_rest(thing.relative, "participle"), *_noun(thing, case)]
    return _noun(thing, case)


@cache
def _name_form(key: str, case: str) -> str:
    entry = LEX.name[key]
    if case == "nom":
        return entry["form"]
    return _attach(entry["form"], LEX.word(f"owned_{case}" if "owned" in entry else case), mark="'")


def _noun(thing: Thing, case: str) -> Tokens:
    """A noun with what stands before it: whose, how many, which, and "bir" after the adjective."""
    tokens = _thing(thing.owner, "gen") if thing.owner is not None else []
    if thing.count > 1:
        tokens.append(Token(LEX.numeral[NUMERALS[thing.count]]["form"], "NUM"))
    if thing.adjective:
        tokens.append(Token(LEX.adjective[thing.adjective]["form"], "ADJ"))
    if thing.count == 1 and _indefinite(thing) and not NOUNS[thing.head].mass:
        tokens.append(Token(LEX.word("a"), "DET"))
    suffix = LEX.word("plural") if thing.count == PLURAL else ""
    if thing.owner is not None:
        suffix += LEX.word("owned") + (LEX.word(f"owned_{case}") if case != "nom" else "")
    elif case != "nom":
        suffix += LEX.word(case)
    tokens.append(Token(_noun_form(thing.head, suffix), "NOUN"))
    return tokens


@cache
def _noun_form(head: str, suffix: str) -> str:
    entry = LEX.noun[head]
    stem = entry["form"]
    if not suffix:
        return stem
    if suffix[0] in _OPEN:
        long = sum(letter in _VOWELS for letter in stem) > 1
        stem = entry.get("soft") or (stem[:-1] + _TO_SOFT.get(stem[-1], stem[-1]) if long else stem)
    return _attach(stem, suffix, last=entry.get("last", ""))


def _suffixed(tokens: Tokens, suffix: str) -> Tokens:
    """Put a suffix on the last word."""
    last = tokens[-1]
    return [*tokens[:-1], last._replace(form=_attach(last.form, suffix))]


def _last_vowel(stem: str) -> str:
    return next((letter for letter in reversed(stem) if letter in _VOWELS), "")


@cache
def _attach(stem: str, suffix: str, *, mark: str = "", last: str = "") -> str:
    """Put a suffix on a stem.

    Args:
        stem: The stem.
        suffix: The suffix as the lexicon writes it: A, I, D, Y, S and N depend on what stands before them.
        mark: What stands between the two, as the apostrophe of names.
        last: The vowel that harmony follows, where it is not the last one of the stem.
    """
    word = stem
    vowel = last or _last_vowel(stem)
    for letter in suffix:
        added = letter
        if letter in "YSN":
            added = letter.lower() if word[-1] in _VOWELS else ""
        elif letter == "A":
            added = "a" if vowel in LEX.word("back") else "e"
        elif letter == "I":
            added = _HIGH[_VOWELS.index(vowel)]
        elif letter == "D":
            added = "t" if word[-1] in LEX.word("voiceless") else "d"
        word += added
        if added and added in _VOWELS:
            vowel = added
    return stem + mark + word[len(stem) :]
