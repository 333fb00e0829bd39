"""Hindi: subject, object, verb; postpositions and oblique forms; the perfective agrees with its object."""

from functools import cache
from typing import NamedTuple

from xtl.pocket.concepts import ADJECTIVES, NAMES, NOUNS, NUMERALS, VERBS, noun_of
from xtl.pocket.grammar.base import Token, Tokens, comma, finish, inside, mark, name, words
from xtl.pocket.lexicon import Entry, load
from xtl.pocket.meaning import Clause, Meaning, Place, Thing

SENTENCE_SPACE = " "
LEX = load("hi")

# Lists of four forms: masculine singular and plural, feminine singular and plural.
_MASCULINE, _FEMININE = 0, 2
_ASKED = {"place": "where", "time": "when_asked"}


class Frame(NamedTuple):
    """How a clause treats its arguments: the verb, the postpositions of subject and object, the agreement."""

    verb: Entry
    subject: str
    object: str
    agreement: int


@cache
def _forms(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def linearise(meaning: Meaning) -> Tokens:
    """Turn a meaning into a Hindi sentence."""
    if meaning.question:
        return _finish(_question(meaning.clause, meaning.question), "?")
    if meaning.other is None:
        return _finish(_statement(meaning.clause))
    other = inside(_statement(meaning.other))
    if meaning.link == "when":
        return _finish(_when(meaning, other))
    main = _statement(meaning.clause)
    if meaning.other_first:
        therefore = Token(LEX.word("therefore"), "CCONJ")
        return _finish([Token(LEX.word("since"), "SCONJ"), *other, comma(), therefore, *main])
    linker = Token(LEX.word(meaning.link), "CCONJ" if meaning.link in ("and", "but") else "SCONJ")
    pause = [comma()] if meaning.link in ("but", "because") else []
    return _finish([*main, *pause, linker, *other])


def _finish(tokens: Tokens, end: str = "") -> Tokens:
    return finish(tokens, end or LEX.word("stop"), capital=False)


def _when(meaning: Meaning, other: Tokens) -> Tokens:
    """The moment, and "then" in the main clause."""
    when, then = Token(LEX.word("when"), "SCONJ"), Token(LEX.word("then"), "ADV")
    if meaning.other_first:
        return [when, *other, comma(), then, *_statement(meaning.clause)]
    return [*_statement(meaning.clause, then), when, *other]


def _statement(clause: Clause, then: Token | None = None) -> Tokens:
    frame = _frame(clause)
    subject = mark(_thing(clause.subject, frame.subject), "subject")
    rest = [*([then] if then else []), *_rest(clause, frame)]
    if clause.fronted:
        return [*_time(clause), *subject, *rest]
    return [*subject, *_time(clause), *rest]


def _question(clause: Clause, asked: str) -> Tokens:
    frame = _frame(clause, asked)
    time = [] if asked == "time" else _time(clause)
    if asked == "subject":
        who = Token(_marked("who", frame), "PRON")
        return [*time, *_rest(clause, frame, asked, [who])]
    subject = mark(_thing(clause.subject, frame.subject), "subject")
    if asked == "polar":
        return [Token(LEX.word("whether"), "PART"), *subject, *time, *_rest(clause, frame)]
    word = [Token(LEX.word(_ASKED[asked]), "ADV")] if asked in _ASKED else _what(frame)
    return [*subject, *time, *_rest(clause, frame, asked, word)]


def _what(frame: Frame) -> Tokens:
    if frame.verb.get("object") == "genitive":
        return words(LEX.word("what_place"))
    return [Token(LEX.word("from_what" if frame.object else "what"), "PRON")]


def _frame(clause: Clause, asked: str = "") -> Frame:
    """Choose the verb, then the postpositions and what the verb agrees with."""
    copular = clause.predicate not in VERBS
    verb = LEX.verb["be" if copular else clause.predicate]
    thing = clause.object
    post = "" if thing is None else _object_post(verb, thing)
    if thing is not None and "person" in verb and noun_of(thing.head).cls == "person":
        verb, post = LEX.verb[verb["person"]], LEX.word("at_home")
    by = "ne" in verb and clause.tense == "past" and "lasting" not in verb
    subject = LEX.word("by") if by else verb.get("subject", "")
    if not subject:
        return Frame(verb, "", post, _MASCULINE if asked == "subject" else _agreement(clause.subject))
    if "gender" in verb:
        return Frame(verb, subject, post, _FEMININE if verb["gender"] == "f" else _MASCULINE)
    bare = thing is not None and not post and asked != "object"
    return Frame(verb, subject, post, _agreement(thing) if thing is not None and bare else _MASCULINE)


def _object_post(verb: Entry, thing: Thing) -> str:
    """The postposition of the object, "" where it stands alone."""
    kind = verb.get("object", "")
    if kind == "genitive":
        return _genitive(verb)
    if kind != "animate":
        return kind
    cls = noun_of(thing.head).cls
    return LEX.word("to") if cls == "person" or (cls == "animal" and thing.definite) else ""


def _genitive(verb: Entry) -> str:
    """The genitive before the light noun of a verb."""
    return f"{_forms(LEX.word('of'))[_FEMININE if verb['gender'] == 'f' else _MASCULINE]}/ADP"


def _feminine(head: str) -> bool:
    if head in NOUNS:
        return LEX.noun[head]["gender"] == "f"
    return NAMES[head].sex == "f" or "gender" in LEX.name[head]


def _agreement(thing: Thing) -> int:
    feminine = _feminine(thing.head) and (thing.also is None or _feminine(thing.also.head))
    return (_FEMININE if feminine else _MASCULINE) + thing.plural


def _marked(key: str, frame: Frame) -> str:
    """A form of "who": alone, before a perfective, or to whom."""
    if not frame.subject:
        return LEX.word(key)
    return LEX.word(key + ("_ne" if frame.subject == LEX.word("by") else "_ko"))


def _time(clause: Clause) -> Tokens:
    return mark(words(LEX.adverb[clause.time]["form"]), "time") if clause.time else []


def _rest(clause: Clause, frame: Frame, asked: str = "", word: Tokens | None = None) -> Tokens:
    """Place, recipient, object, manner, the question word, predicate and verb."""
    word = word or []
    verb = frame.verb
    light = words(verb["light"]) if "light" in verb else []
    place = mark(_place(clause.place, verb), "place") if clause.place and asked != "place" else []
    recipient = [] if clause.recipient is None else _recipient(clause.recipient, verb)
    thing = _object(clause, frame) if asked != "object" else []
    if "genitive" in (verb.get("object"), verb.get("to")):
        of = words(_genitive(verb)) if asked == ("object" if "object" in verb else "place") else []
        word, light = [*word, *of, *light] if of else [*light, *word], []
    return [
        *place,
        *recipient,
        *thing,
        *_manner(clause, verb),
        *word,
        *_predicate(clause, frame.agreement),
        *light,
        *_verb(clause, frame),
    ]


def _recipient(thing: Thing, verb: Entry) -> Tokens:
    return mark(_thing(thing, verb["recipient"]), "recipient")


def _object(clause: Clause, frame: Frame) -> Tokens:
    if clause.object is None:
        return []
    return mark(_thing(clause.object, frame.object, denied=clause.negative), "object")


def _manner(clause: Clause, verb: Entry) -> Tokens:
    if not clause.manner:
        return []
    return words(verb.get(clause.manner) or LEX.adverb[clause.manner]["form"])


def _predicate(clause: Clause, agreement: int) -> Tokens:
    """The adjective or noun before a copula."""
    if clause.predicate in ADJECTIVES:
        very = words(LEX.adverb["very"]["form"]) if clause.very else []
        return [*very, *_adjective(clause.predicate, agreement)]
    if clause.predicate not in NOUNS:
        return []
    noun = LEX.noun[clause.predicate]
    form = noun.get("f", noun["sg"]) if agreement == _FEMININE else noun["sg"]
    return [Token(form, "NOUN")]


def _verb(clause: Clause, frame: Frame) -> Tokens:
    """The denial and the verb with its auxiliary."""
    verb, agreement = frame.verb, frame.agreement
    denial = [Token(LEX.word("not"), "PART")] if clause.negative else []
    copular = clause.predicate == "be" or clause.predicate not in VERBS
    if copular or clause.tense == "future" or (clause.tense == "past" and "lasting" not in verb):
        return [*denial, *_simple(clause, verb, agreement, "AUX" if copular else "VERB")]
    ending = _forms(LEX.word("habit"))
    if clause.tense == "present" and clause.negative:
        return [*denial, Token(verb["stem"] + ending[agreement], "VERB")]
    participle = Token(verb["stem"] + ending[min(agreement, 2)], "VERB")
    auxiliary = LEX.word("is" if clause.tense == "present" else "was")
    return [*denial, participle, Token(_forms(auxiliary)[agreement], "AUX")]


def _simple(clause: Clause, verb: Entry, agreement: int, upos: str) -> Tokens:
    """One word, or the stem and a vector verb."""
    stem = []
    if "vector" in verb and not clause.negative:
        stem, upos = [Token(verb["stem"], "VERB")], "AUX"
        verb = LEX.verb[verb["vector"]]
    if clause.tense == "future":
        form = _forms(verb["future"])[agreement % 2] + _forms(LEX.word("future"))[agreement]
    elif clause.tense == "past":
        form = _forms(verb["past"])[agreement]
    else:
        form = _forms(LEX.word("is"))[agreement]
    return [*stem, Token(form, upos)]


def _thing(thing: Thing, post: str, *, denied: bool = False) -> Tokens:
    """A noun phrase, in the oblique before a postposition."""
    tokens = (
        name("hi", thing.head) if thing.head in NAMES else _noun(thing, oblique=bool(post), denied=denied)
    )
    if thing.also is not None:
        tokens += [Token(LEX.word("and"), "CCONJ"), *_thing(thing.also, "")]
    tokens += words(post)
    if thing.relative is None:
        return tokens
    frame = _frame(thing.relative)
    who = Token(_marked("which", frame), "PRON")
    return [*tokens, comma(), who, *_rest(thing.relative, frame), comma()]


def _noun(thing: Thing, *, oblique: bool, denied: bool = False) -> Tokens:
    noun, agreement = LEX.noun[thing.head], _agreement(thing)
    tokens = _determiner(thing, oblique=oblique, denied=denied)
    shape = 1 if agreement == _MASCULINE and oblique else agreement
    if thing.owner is not None:
        tokens += _thing(thing.owner, f"{_forms(LEX.word('of'))[shape]}/ADP")
    if thing.adjective:
        tokens += _adjective(thing.adjective, shape)
    if thing.plural:
        form = noun["many" if oblique else "pl"]
    else:
        form = noun.get("obl", noun["sg"]) if oblique else noun["sg"]
    return [*tokens, Token(form, "NOUN")]


def _determiner(thing: Thing, *, oblique: bool, denied: bool) -> Tokens:
    if thing.relative is not None:
        return [Token(LEX.word("that_one_obl" if oblique else "that_one"), "DET")]
    if thing.count > 1:
        return [Token(LEX.numeral[NUMERALS[thing.count]]["form"], "NUM")]
    if thing.definite or thing.owner is not None or thing.plural or NOUNS[thing.head].mass:
        return []
    if denied:
        return [Token(LEX.word("any_obl" if oblique else "any"), "DET")]
    return [Token(LEX.word("a"), "DET")]


def _adjective(key: str, agreement: int) -> Tokens:
    entry = LEX.adjective[key]
    field = "f" if agreement >= _FEMININE else "pl" if agreement else "form"
    tokens = [Token(entry.get(field, entry["form"]), "ADJ")]
    if "after" in entry:
        tokens.append(Token(_forms(LEX.word(entry["after"]))[agreement], "AUX"))
    return tokens


def _place(place: Place, verb: Entry) -> Tokens:
    noun = LEX.noun.get(place.thing.head, {})
    if place.relation == "in":
        return _thing(place.thing, noun.get("in", LEX.word("in")))
    if place.relation == "near":
        return _thing(place.thing, LEX.word("near"))
    if "to" in verb:
        return _thing(place.thing, _genitive(verb))
    if "to" in noun or place.thing.head in NAMES:
        return _thing(place.thing, noun.get("to", ""))
    return [Token(noun.get("obl", noun["sg"]), "NOUN")]
