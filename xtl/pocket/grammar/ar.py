"""Arabic: verb, subject, object; the subject first after "that" and "because"; no copula in the present.

A token is a written word: "and", "for" and "the" are part of the word they are written with.
"""

from xtl.pocket.concepts import ADJECTIVES, NAMES, NOUNS, NUMERALS, VERBS, noun_of
from xtl.pocket.grammar.base import Token, Tokens, comma, finish, inside, mark, name, words
from xtl.pocket.lexicon import Entry, load
from xtl.pocket.meaning import Clause, Meaning, Place, Thing

SENTENCE_SPACE = " "
LEX = load("ar")

# Cases that the script shows.
_NOM, _ACC, _GEN = "nom", "acc", "gen"
_THE, _FOR, _FOR_THE = LEX.word("the"), LEX.verb["give"]["recipient"], LEX.word("for_the")
_COMMA = comma(LEX.word("comma"))


def linearise(meaning: Meaning) -> Tokens:
    """Turn a meaning into an Arabic sentence."""
    if meaning.question:
        return finish(_question(meaning.clause, meaning.question), LEX.word("question"), capital=False)
    main = _statement(meaning.clause)
    if meaning.other is None:
        return finish(main, ".", capital=False)
    if meaning.link == "and":
        return finish([*main, _COMMA, *_joined(inside(_statement(meaning.other)))], ".", capital=False)
    other = inside(_subordinate(meaning, meaning.other))
    if meaning.other_first:
        if meaning.link == "because" and not _verb(meaning.clause):
            main = [Token(LEX.word("then"), "SCONJ"), *_subject_first(meaning.clause)]
        return finish([*other, _COMMA, *main], ".", capital=False)
    return finish([*main, *([_COMMA] if meaning.link == "but" else []), *other], ".", capital=False)


def _joined(tokens: Tokens) -> Tokens:
    """Write "and" with the first word."""
    return [tokens[0]._replace(form=LEX.word("and") + tokens[0].form), *tokens[1:]]


def _subordinate(meaning: Meaning, clause: Clause) -> Tokens:
    """The other clause with its linker; the subject comes first, in the accusative, but not after "when"."""
    link = meaning.link
    if link == "when":
        return [Token(LEX.word("when"), "SCONJ"), *_statement(clause)]
    if link == "because" and meaning.other_first:
        linker = words(LEX.word("since"))
    elif link == "but":
        linker = [Token(LEX.word("but"), "CCONJ")]
    else:
        form = LEX.verb[meaning.clause.predicate].get("that") if link == "that" else None
        linker = [Token(form or LEX.word(link), "SCONJ")]
    if not clause.subject.plural:
        return [*linker, *_subject_first(clause)]
    if link != "but":
        linker[-1] = linker[-1]._replace(form=linker[-1].form + LEX.word("it"))
    return [*linker, *_statement(clause)]


def _statement(clause: Clause) -> Tokens:
    """The verb first, or a sentence without a verb."""
    subject = mark(_thing(clause.subject, _NOM), "subject")
    verb = _verb(clause)
    body = [*verb, *subject, *_rest(clause, bare=not verb)]
    return [*_time(clause), *body] if clause.fronted else body


def _subject_first(clause: Clause) -> Tokens:
    subject = mark(_thing(clause.subject, _ACC), "subject")
    verb = _verb(clause)
    return [*subject, *verb, *_rest(clause, bare=not verb)]


def _question(clause: Clause, asked: str) -> Tokens:
    if asked == "subject":
        return [Token(LEX.word("who"), "PRON"), *_who(clause)]
    if asked == "polar":
        return [Token(LEX.word("whether"), "PART"), *_statement(clause)]
    if asked == "object":
        word = [Token(LEX.word("what"), "PRON")]
    else:
        word = [Token(LEX.word("where" if asked == "place" else "when_asked"), "ADV")]
    if asked == "place" and clause.place is not None and clause.place.relation == "to":
        word = [Token(LEX.word("to"), "ADP"), *word]
    verb = _verb(clause)
    subject = mark(_thing(clause.subject, _NOM), "subject")
    return [*word, *verb, *subject, *_rest(clause, asked, bare=not verb)]


def _who(clause: Clause) -> Tokens:
    """What follows "who": the verb in the masculine, or "he" and a definite predicate."""
    verb = _verb(clause, feminine=False)
    if verb or clause.predicate == "be":
        return [*verb, *_rest(clause, bare=False, masculine=True)]
    if clause.predicate in NOUNS:
        predicate = [Token(_THE + LEX.noun[clause.predicate]["sg"], "NOUN")]
    else:
        entry = LEX.adjective[clause.predicate]
        predicate = [Token(_THE + entry.get("def", entry["form"]), "ADJ")]
    return [Token(LEX.word("he"), "PRON"), *predicate, *_very(clause)]


def _verb(clause: Clause, *, feminine: bool | None = None) -> Tokens:
    """The verb with its particle; nothing where the present has no copula."""
    feminine = _feminine(clause.subject) if feminine is None else feminine
    copular = clause.predicate == "be" or clause.predicate not in VERBS
    if clause.predicate == "be" and clause.tense == "present" and clause.subject.count > 1:
        return [Token(_imperfect(LEX.word("there_is"), feminine=feminine), "VERB")]
    if copular and clause.tense == "present":
        return [Token(LEX.word("is_not_f" if feminine else "is_not"), "AUX")] if clause.negative else []
    verb, upos = LEX.verb["be" if copular else clause.predicate], "AUX" if copular else "VERB"
    if clause.negative:
        form = verb.get("jussive", verb["present"]) if clause.tense == "past" else verb["present"]
        denial = Token(LEX.word(f"not_{clause.tense}"), "PART")
        return [denial, Token(_imperfect(form, feminine=feminine), upos)]
    if clause.tense == "past":
        form = verb.get("past_f", verb["past"] + LEX.word("past_f")) if feminine else verb["past"]
        return [Token(form, upos)]
    will = [Token(LEX.word("will"), "AUX")] if clause.tense == "future" else []
    return [*will, Token(_imperfect(verb["present"], feminine=feminine), upos)]


def _imperfect(form: str, *, feminine: bool) -> str:
    return LEX.word("she") + form[1:] if feminine else form


def _feminine(thing: Thing) -> bool:
    """Whether a verb before this subject is feminine: also for several things."""
    if thing.head in NAMES:
        return _feminine_head(thing.head)
    return _feminine_head(thing.head) or (thing.count == 0 and not _person(thing.head))


def _feminine_head(head: str) -> bool:
    if head in NOUNS:
        return LEX.noun[head]["gender"] == "f"
    return NAMES[head].sex == "f" or NAMES[head].cls == "city" or LEX.name[head].get("gender") == "f"


def _person(head: str) -> bool:
    return noun_of(head).cls == "person"


def _rest(clause: Clause, asked: str = "", *, bare: bool, masculine: bool = False) -> Tokens:
    """Predicate, object, recipient, manner, place and time."""
    time = _time(clause) if asked != "time" and not clause.fronted else []
    early = bool(time) and LEX.adverb[clause.time].get("position") == "early"
    tokens = [*(time if early else []), *_predicate(clause, _NOM if bare else _ACC, masculine=masculine)]
    if clause.object is not None and asked != "object":
        tokens += mark(_thing(_generic(clause, clause.object), _ACC), "object")
    if clause.recipient is not None:
        tokens += mark(_recipient(clause), "recipient")
    if clause.manner:
        tokens += words(LEX.adverb[clause.manner]["form"])
    if clause.place is not None and asked != "place":
        tokens += mark(_place(clause.place), "place")
    return tokens if early else [*tokens, *time]


def _generic(clause: Clause, thing: Thing) -> Thing:
    """A kind of thing, the object of a habit or of love, takes the article."""
    kind = thing.head in NOUNS and not thing.definite and (thing.count == 0 or NOUNS[thing.head].mass)
    if kind and (clause.predicate == "love" or (clause.tense == "present" and clause.predicate != "want")):
        return Thing(thing.head, thing.count, adjective=thing.adjective, owner=thing.owner)
    return thing


def _time(clause: Clause) -> Tokens:
    return mark(words(LEX.adverb[clause.time]["form"]), "time") if clause.time else []


def _very(clause: Clause) -> Tokens:
    return words(LEX.adverb["very"]["form"]) if clause.very else []


def _recipient(clause: Clause) -> Tokens:
    """To or from whom; "for" is written with the word after it."""
    preposition = LEX.verb[clause.predicate]["recipient"]
    thing = clause.recipient
    tokens = _thing(thing, _GEN) if thing is not None else []
    if preposition != _FOR:
        return [Token(preposition, "ADP"), *tokens]
    first = tokens[0]
    if first.upos == "NOUN":
        return [first._replace(form=_FOR_THE + first.form.removeprefix(_THE)), *tokens[1:]]
    return [first._replace(form=_FOR + first.form), *tokens[1:]]


def _predicate(clause: Clause, case: str, *, masculine: bool) -> Tokens:
    """The adjective or noun said of the subject; nominative without a verb, else accusative."""
    subject = Thing("man") if masculine else clause.subject
    if clause.predicate in ADJECTIVES:
        return [Token(_adjective(clause.predicate, subject, case), "ADJ"), *_very(clause)]
    if clause.predicate not in NOUNS:
        return []
    noun = LEX.noun[clause.predicate]
    if noun_of(subject.head).sex == "f":
        return [Token(noun["f"], "NOUN")]
    return [Token(_singular(noun, case), "NOUN")]


def _thing(thing: Thing, case: str) -> Tokens:
    tokens = _name(thing.head, case) if thing.head in NAMES else _noun(thing, case)
    if thing.also is not None:
        return [*tokens, *_joined(_thing(thing.also, case))]
    if thing.relative is None:
        return tokens
    who = LEX.word("who_relative_f" if _feminine(thing) else "who_relative")
    return [*tokens, Token(who, "PRON"), *_verb(thing.relative), *_rest(thing.relative, bare=False)]


def _name(key: str, case: str) -> Tokens:
    return name("ar", key, LEX.name[key].get("acc", "") if case == _ACC else "")


def _noun(thing: Thing, case: str) -> Tokens:
    """A noun with its numeral, owner and adjective."""
    noun = LEX.noun[thing.head]
    numeral: Tokens = []
    if thing.count > 2:
        numeral, case = _numeral(thing.count, noun, case)
    tokens = [*numeral, Token(_noun_form(thing, noun, case), "NOUN")]
    if thing.owner is not None:
        tokens += _thing(thing.owner, _GEN)
    if thing.adjective:
        known = thing.count < 2 and (thing.definite or thing.owner is not None)
        tokens.append(Token(_adjective(thing.adjective, thing, case, definite=known), "ADJ"))
    return tokens


def _noun_form(thing: Thing, noun: Entry, case: str) -> str:
    if thing.count == 2:
        return _dual(noun.get("dual", noun["sg"]), case)
    if thing.owner is not None:
        return noun["sg"]
    if thing.count == 1:
        return _THE + noun.get("def", noun["sg"]) if thing.definite else _singular(noun, case)
    if thing.count > 10:
        return _singular(noun, case)
    definite = thing.definite and not thing.count
    return (_THE if definite else "") + _plural(noun, case, definite=definite)


def _numeral(count: int, noun: Entry, case: str) -> tuple[Tokens, str]:
    """The numeral, and the case of the noun after it: genitive, after twenty accusative."""
    entry = LEX.numeral[NUMERALS[count]]
    if count == 20:
        return [Token(entry["form" if case == _NOM else "acc"], "NUM")], _ACC
    form = entry.get("f", entry["form"]) if noun["gender"] == "f" else entry["form"]
    return [Token(form, "NUM")], _GEN


def _singular(entry: Entry, case: str) -> str:
    """The indefinite singular."""
    if case != _ACC or entry["sg"][-1] in LEX.word("a_bare"):
        return entry["sg"]
    return entry["sg"] + LEX.word("accusative")


def _plural(noun: Entry, case: str, *, definite: bool) -> str:
    if "sound" in noun:
        return noun["pl"] + LEX.word("plural" if case == _NOM else "plural_acc")
    return noun.get("pl_acc", noun["pl"]) if case == _ACC and not definite else noun["pl"]


def _dual(form: str, case: str) -> str:
    """The dual; a final -a of the feminine becomes -at-."""
    if form.endswith(LEX.word("f")):
        form = form[:-1] + LEX.word("f_joined")
    return form + LEX.word("dual" if case == _NOM else "dual_acc")


def _adjective(key: str, thing: Thing, case: str, *, definite: bool = False) -> str:
    """The form that agrees with a noun; several things are feminine singular."""
    entry = LEX.adjective[key]
    feminine = _feminine_head(thing.head) and (thing.also is None or _feminine_head(thing.also.head))
    article = _THE if definite else ""
    if thing.count == 2 or thing.also is not None:
        stem = entry.get("f_dual", entry["f"]) if feminine else entry.get("def", entry["form"])
        return _dual(stem, case)
    several = thing.count != 1 and thing.count <= 10
    if several and _person(thing.head):
        return article + _adjective_of_people(entry, case, feminine=feminine, definite=definite)
    if "animal" in entry and not _person(thing.head):
        entry = {"form": entry["animal"], "f": entry["animal_f"]}
    if feminine or several:
        return article + entry["f"]
    if definite:
        return article + entry.get("def", entry["form"])
    return entry.get("acc", entry["form"] + LEX.word("accusative")) if case == _ACC else entry["form"]


def _adjective_of_people(entry: Entry, case: str, *, feminine: bool, definite: bool) -> str:
    return entry["pl_f"] if feminine else _plural(entry, case, definite=definite)


def _place(place: Place) -> Tokens:
    return [Token(LEX.word(place.relation), "ADP"), *_thing(place.thing, _GEN)]
