"""Chinese: no inflection, no spaces; classifiers, particles of aspect, modifiers before what they modify."""

from xtl.pocket.concepts import ADVERBS, NAMES, NOUNS, NUMERALS, VERBS, noun_of
from xtl.pocket.grammar.base import Token, Tokens, finish, inside, mark, name, words
from xtl.pocket.lexicon import load
from xtl.pocket.meaning import PLURAL, Clause, Meaning, Place, Thing

SENTENCE_SPACE = ""
LEX = load("zh")
_COMMA = Token(LEX.word("comma"), "PUNCT")
_OF = Token(LEX.word("of"), "PART")
_PERFECTIVE = Token(LEX.word("perfective"), "AUX")
_NOT = Token(LEX.word("not"), "ADV")
_NO = Token(LEX.word("no"), "ADV")
_IS = Token(LEX.word("is"), "AUX")
_DOT = LEX.word("dot")


def linearise(meaning: Meaning) -> Tokens:
    """Turn a meaning into a Chinese sentence."""
    if meaning.question:
        tokens = _clause(meaning.clause, asked=meaning.question)
        if meaning.question == "polar":
            tokens.append(_word("question", "PART"))
        return _closed(tokens, "mark")
    if meaning.other is None:
        return _closed(_clause(meaning.clause), "stop")
    return _closed(_linked(meaning, meaning.other), "stop")


def _word(key: str, upos: str) -> Token:
    """A function word."""
    return Token(LEX.word(key), upos)


def _closed(tokens: Tokens, end: str) -> Tokens:
    """The sentence with its final mark and without spaces."""
    joined = [Token(form, upos, role, entity, space=False) for form, upos, role, entity, _ in tokens]
    return finish(joined, LEX.word(end), capital=False)


def _linked(meaning: Meaning, clause: Clause) -> Tokens:
    """Two clauses; "when" always stands first, with or without the word that opens it."""
    main = _clause(meaning.clause, mode="during" if meaning.link == "when" else "")
    if meaning.link == "when":
        moment = [_OF, _word("moment", "NOUN"), _COMMA]
        opening = [_word("when", "SCONJ")] if meaning.other_first else []
        return [*opening, *inside(_clause(clause, mode="moment")), *moment, *main]
    if meaning.link == "that":
        past = meaning.clause.tense == "past"
        return [*main, *inside(_clause(clause, mode="plain" if past else ""))]
    if meaning.link == "because":
        because = _word("because", "SCONJ")
        reason = inside(_clause(clause, mode="plain" if meaning.clause.tense == clause.tense else ""))
        if meaning.other_first:
            return [because, *reason, _COMMA, _word("so", "SCONJ"), *main]
        return [*main, _COMMA, because, *reason]
    linker = _word("and_clause" if meaning.link == "and" else "but", "CCONJ")
    return [*main, _COMMA, linker, *inside(_clause(clause))]


def _clause(clause: Clause, *, asked: str = "", mode: str = "") -> Tokens:
    """A clause.

    Args:
        clause: What it says.
        asked: The role that is asked for.
        mode: "plain" leaves the past of states unsaid, "moment" leaves out the aspect ("when ..."), "during"
            is the main clause of "when ...", and "relative" leaves out the subject.
    """
    if asked == "subject":
        subject = [_word("who", "PRON")]
    else:
        subject = [] if mode == "relative" else mark(_thing(clause.subject), "subject")
    time = _time(clause, asked)
    opening = [*time, _COMMA, *subject] if clause.fronted else [*subject, *time]
    if clause.predicate in VERBS:
        lasting = VERBS[clause.predicate].stative or VERBS[clause.predicate].frame == "speech"
        return [*opening, *(_state if lasting else _event)(clause, asked, mode)]
    return [*opening, *_then(clause, mode, asked), *_predicate(clause, polar=asked == "polar")]


def _time(clause: Clause, asked: str) -> Tokens:
    """When or how often; the denial of a frequency stands before it."""
    if asked == "time":
        return [_word("what", "DET"), _word("time", "NOUN")]
    if not clause.time:
        return []
    time = words(LEX.adverb[clause.time]["form"])
    every = time[0].upos == "DET" and ADVERBS[clause.time].cls == "frequency"
    denial = ([_NOT, _IS] if every else [_NOT]) if _denies_time(clause) else []
    return [*denial, *mark(time, "time"), *([_word("all", "ADV")] if every else [])]


def _denies_time(clause: Clause) -> bool:
    """Whether it is the frequency that is denied: "not every day"."""
    return clause.negative and bool(clause.time) and ADVERBS[clause.time].cls == "frequency"


def _then(clause: Clause, mode: str, asked: str = "") -> Tokens:
    """The word that puts a state into the past."""
    speech = clause.predicate in VERBS and VERBS[clause.predicate].frame == "speech"
    if clause.tense != "past" or clause.time or asked == "time" or (mode == "plain" and not speech):
        return []
    lasting = clause.predicate in NOUNS or clause.predicate in ("live", "love", "want")
    return [_word("before" if lasting else "then", "NOUN")]


def _negation(clause: Clause, asked: str) -> Tokens:
    """The auxiliary of the future and the denial."""
    denial = [_NOT] if clause.negative else []
    if clause.tense == "future":
        shall = [] if clause.time or asked == "time" else [_word("shall", "ADV")]
        return [*shall, *denial, _word("will", "AUX")]
    if _denies_time(clause) or _badly(clause):
        return []
    verb = VERBS[clause.predicate]
    completed = clause.tense == "past" and not verb.stative and verb.frame != "speech"
    return [_NO] if clause.negative and completed else denial


def _badly(clause: Clause) -> bool:
    """Whether a complement of manner takes the denial: "sings not well"."""
    if not clause.negative or clause.manner != "well" or clause.tense == "future" or _denies_time(clause):
        return False
    return clause.object is None or clause.tense == "present"


def _event(clause: Clause, asked: str, mode: str) -> Tokens:
    """What happens: denial, place, persons before the verb, manner, verb, and the rest."""
    denial = _negation(clause, asked)
    around = _place(clause, asked)
    moving = VERBS[clause.predicate].frame == "motion"
    during = mode == "during" and clause.object is None and "past" in LEX.verb[clause.predicate]
    if during and not clause.negative and clause.manner != "well":
        is_doing = _word("just" if around and around[0].upos == "ADP" else "is_doing", "ADV")
        return [is_doing, *around, *_manner(clause), Token(_form(clause), "VERB")]
    before = [*denial, *([] if moving else around), *_giver(clause)]
    if clause.manner == "well":
        return [*before, *_well(clause, asked)]
    after = [*_receiver(clause), *_object(clause, asked), *(around if moving else [])]
    return [*before, *_manner(clause), *_verb(clause, mode), *after]


def _state(clause: Clause, asked: str, mode: str) -> Tokens:
    """Being, living, loving, wanting, saying, thinking and knowing."""
    verb = [] if clause.predicate == "be" else [Token(LEX.verb[clause.predicate]["form"], "VERB")]
    if clause.predicate == "say":
        said = [*verb, _word("experience", "AUX")] if clause.tense == "past" else verb
        return [_NO, *said] if clause.negative else said
    before = _then(clause, mode, asked)
    return [*before, *_negation(clause, asked), *verb, *_place(clause, asked), *_object(clause, asked)]


def _form(clause: Clause) -> str:
    """The verb, which can depend on what it is said of."""
    forms = LEX.verb[clause.predicate]
    if clause.object is None:
        return forms.get(noun_of(clause.subject.head).cls, forms["form"])
    if clause.recipient is not None and "recipient" in forms:
        return forms["recipient"]
    head = clause.object.head
    return forms.get(head) or forms.get(noun_of(head).cls) or forms["form"]


def _verb(clause: Clause, mode: str) -> Tokens:
    """The verb with its aspect."""
    forms = LEX.verb[clause.predicate]
    if clause.tense != "past" or clause.negative or mode == "moment":
        return [Token(_form(clause), "VERB")]
    if "past" in forms:
        animal = "animal_past" in forms and noun_of(clause.subject.head).cls == "animal"
        return words(forms["animal_past" if animal else "past"])
    return [Token(forms.get("done", _form(clause)), "VERB"), _PERFECTIVE]


def _well(clause: Clause, asked: str) -> Tokens:
    """The verb and how well: "sings-song sings well", "takes the car repairs well"."""
    verb = Token(_form(clause), "VERB")
    badly = _badly(clause)
    degree = _NOT if badly else _word("very", "ADV")
    result = [_word("degree", "PART"), degree, _word("good", "ADJ")]
    if clause.object is None:
        short = Token(LEX.verb[clause.predicate].get("short", verb.form), "VERB")
        both = [short] if clause.tense == "future" or short == verb else [verb, short]
        return [*both, *([result[0], result[2]] if asked == "polar" else result)]
    if badly:
        return [verb, *_object(clause, asked), verb, *result]
    done = result[2:] if clause.negative and not _denies_time(clause) else result
    return [_word("take", "ADP"), *_object(clause, asked), verb, *done]


def _manner(clause: Clause) -> Tokens:
    if not clause.manner:
        return []
    return words(LEX.verb[clause.predicate].get(clause.manner) or LEX.adverb[clause.manner]["form"])


def _object(clause: Clause, asked: str) -> Tokens:
    if clause.object is None:
        return []
    if asked == "object":
        return [_word("what", "PRON")]
    return mark(_thing(clause.object, use="denied" if clause.negative else "object"), "object")


def _giver(clause: Clause) -> Tokens:
    """From whom, or to whom where that stands before the verb."""
    if clause.recipient is None:
        return []
    thing = mark(_thing(clause.recipient), "recipient")
    if VERBS[clause.predicate].recipient == "from":
        return [_word("from", "ADP"), *thing, _word("there", "PRON")]
    given = LEX.verb[clause.predicate].get("given")
    return [_word("give", "ADP"), *thing] if given == "before" else []


def _receiver(clause: Clause) -> Tokens:
    if clause.recipient is None or LEX.verb[clause.predicate].get("given") != "after":
        return []
    return mark(_thing(clause.recipient), "recipient")


def _predicate(clause: Clause, *, polar: bool) -> Tokens:
    """The copula and a profession, or an adjective, which needs a "very" without weight in statements."""
    if clause.predicate in NOUNS:
        noun = Token(LEX.noun[clause.predicate]["form"], "NOUN")
        return [_NOT, _IS, noun] if clause.negative else [_IS, noun]
    entry = LEX.adjective[clause.predicate]
    form = entry.get(noun_of(clause.subject.head).cls if "sound" in entry else "form", entry["form"])
    word, kind = Token(form, "ADJ"), entry.get("kind", "")
    if clause.very:
        very = words(entry["very"]) if kind else [*words(LEX.adverb["very"]["form"]), word]
        return [*very[:-2], _NOT, _IS, *very[-2:]] if clause.negative else very
    if kind == "class":
        return [*([_NOT] if clause.negative else []), _IS, word, _OF]
    if kind == "event":
        word = Token(form, "VERB")
        return [_NO, word] if clause.negative else [word, _PERFECTIVE]
    if clause.negative:
        return [_NOT, word]
    return [word] if polar else [_word("very", "ADV"), word]


def _thing(thing: Thing, *, use: str = "") -> Tokens:
    """A noun phrase, used as an object, a denied object, a place, or something else."""
    if thing.head in NAMES:
        tokens = _name(thing.head)
    else:
        noun = [*_attributes(thing), Token(LEX.noun[thing.head]["form"], "NOUN")]
        tokens = [*_determiner(thing, use), *noun]
    if thing.also is not None:
        return [*tokens, _word("and", "CCONJ"), *_thing(thing.also)]
    return tokens


def _name(key: str) -> Tokens:
    """A name; the point between the parts of a foreign name is punctuation."""
    return [token._replace(upos="PUNCT") if token.form == _DOT else token for token in name("zh", key)]


def _attributes(thing: Thing) -> Tokens:
    """A relative clause and an adjective, before the noun."""
    tokens = [*_clause(thing.relative, mode="relative"), _OF] if thing.relative is not None else []
    if not thing.adjective:
        return tokens
    entry = LEX.adjective[thing.adjective]
    return tokens + (words(entry["attr"]) if "attr" in entry else [Token(entry["form"], "ADJ"), _OF])


def _determiner(thing: Thing, use: str) -> Tokens:
    classifier = Token(LEX.noun[thing.head]["clf"], "NOUN")
    if thing.owner is not None:
        that = [_word("that_one", "DET"), classifier] if thing.adjective else []
        return [*_thing(thing.owner), _OF, *that]
    if thing.count > 1:
        return [Token(LEX.numeral[NUMERALS[thing.count]]["form"], "NUM"), classifier]
    if not thing.definite:
        bare = thing.count == PLURAL or NOUNS[thing.head].mass or use == "denied"
        return [] if bare else [_word("one", "NUM"), classifier]
    if thing.count == PLURAL:
        return [_word("those", "DET")]
    return [] if _bare(thing, use) else [_word("that_one", "DET"), classifier]


def _bare(thing: Thing, use: str) -> bool:
    """Whether the definite is said with the noun alone: places, and professions as subjects."""
    kind = LEX.noun[thing.head].get("that", "")
    if use == "place":
        return kind != "everywhere"
    described = bool(thing.adjective) or thing.relative is not None or use in ("object", "denied")
    return kind == "described" and not described


def _place(clause: Clause, asked: str) -> Tokens:
    """Where, with its preposition, which is the verb of "be", or where to, without one."""
    if clause.place is None:
        return []
    at = [] if clause.place.relation == "to" else [_word("at", "VERB" if clause.predicate == "be" else "ADP")]
    if asked == "place":
        return [*at, _word("where", "PRON")]
    located = _located(clause.place)
    return [*at, *mark(located, "place")] if clause.predicate == "be" else mark([*at, *located], "place")


def _located(place: Place) -> Tokens:
    thing = _thing(place.thing, use="place")
    if place.relation == "near":
        return [*thing, _word("near", "NOUN")]
    if place.thing.head in NAMES:
        return thing
    noun = LEX.noun[place.thing.head]
    return thing if place.relation == "to" else [*thing, Token(noun.get("in", LEX.word("inside")), "ADP")]
