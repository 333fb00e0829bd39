"""Draws meanings at random: the distribution that all tasks share."""

from dataclasses import dataclass, replace

from xtl.pocket.concepts import (
    ADJECTIVES,
    ADVERBS,
    NAMES,
    NOUNS,
    NUMERALS,
    VERBS,
    names_of,
    noun_of,
    of_class,
)
from xtl.pocket.meaning import (
    PLURAL,
    Clause,
    Link,
    Meaning,
    Place,
    Question,
    Tense,
    Thing,
    split_of_heads,
    split_of_question,
)
from xtl.pocket.rng import Rng
from xtl.types import SplitName

PEOPLE = names_of("person")
CITIES = names_of("city")
INSIDE = of_class("building", "room", "outdoors")
HOMES = ("house", "building", "hotel", "village", "city")
NEARBY = of_class("building", "outdoors", "water")
_PEOPLE_NOUNS = of_class("person")
_PROFESSIONS = tuple(key for key, noun in NOUNS.items() if noun.profession)
_OWNED = ("text", "art", "clothes", "object", "device", "vehicle")
_MANY = ("text", "object", "plant", "fruit")
_TIMES: dict[tuple[str, str], tuple[str, ...]] = {
    (cls, tense): tuple(
        key for key, adverb in ADVERBS.items() if adverb.cls == cls and tense in adverb.tenses
    )
    for cls in ("time", "frequency")
    for tense in ("past", "present", "future")
}
ADJECTIVES_OF = {
    cls: tuple(key for key, adjective in ADJECTIVES.items() if cls in adjective.of)
    for cls in {noun.cls for noun in (*NOUNS.values(), *NAMES.values())}
}


def _heads(classes: tuple[str, ...]) -> tuple[str, ...]:
    return of_class(*classes) + names_of(*(cls for cls in classes if cls == "city"))


OBJECTS = {key: _heads(verb.object) for key, verb in VERBS.items()}
_SUBJECTS = {key: _heads(verb.subject) for key, verb in VERBS.items()}
_DESCRIBED = {key: _heads(adjective.of) for key, adjective in ADJECTIVES.items()}
_SPEECH = tuple(key for key, verb in VERBS.items() if verb.frame == "speech")
_KINDS: dict[str, tuple[str, ...]] = {
    frame: tuple(key for key, verb in VERBS.items() if verb.frame == frame)
    for frame in ("intransitive", "transitive", "motion", "locative")
} | {"adjective": tuple(ADJECTIVES), "profession": _PROFESSIONS}
# Transitive verbs most often: only they have an object to ask for, to count, to describe and to exchange.
ANY_KIND: tuple[str, ...] = (
    ("transitive",) * 11 + ("intransitive",) * 3 + ("motion", "motion", "locative", "locative")
)
ANY_KIND += ("adjective", "adjective", "profession")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a drawn clause has to be like.

    Attributes:
        kinds: Frames of verbs, "adjective" or "profession", to choose from; repeated ones are likelier.
        tense: Tense of the clause; ``None`` leaves it open.
        negative: Percentage of clauses that are denied.
        people: Names to choose subjects and other people from.
        names: Percentage of names among subjects that can be names.
        time: Whether the clause may say when.
        rich: Whether subjects may be joined, described or carry a relative clause.
        extras: Percentage of optional places and manners that are said.
    """

    kinds: tuple[str, ...] = ANY_KIND
    tense: Tense | None = None
    negative: int = 20
    people: tuple[str, ...] = PEOPLE
    names: int = 60
    time: bool = True
    rich: bool = True
    extras: int = 45


ANYTHING = Wish()
_INNER = Wish(
    kinds=("transitive", "transitive", "motion", "locative"), negative=0, time=False, rich=False, extras=30
)


def draw_clause(rng: Rng, split: SplitName, wish: Wish = ANYTHING) -> Clause:
    """Draw a statement of one clause that belongs to the split."""
    while True:
        predicate = rng.choice(_KINDS[rng.choice(wish.kinds)])
        if wish.tense not in (None, *tenses_of(predicate)):
            continue
        subjects = _subjects(rng, predicate, wish)
        thing = rng.choice(OBJECTS[predicate]) if OBJECTS.get(predicate) else ""
        if thing in _PEOPLE_NOUNS and rng.chance(60):
            thing = rng.choice(wish.people)
        if thing not in subjects and split_of_heads(predicate, subjects, thing) == split:
            return _complete(rng, wish, predicate, subjects, thing)


def tenses_of(predicate: str) -> tuple[Tense, ...]:
    """The tenses that a predicate goes with, likelier ones repeated."""
    verb = VERBS.get(predicate)
    if verb is None or (verb.stative and predicate != "be"):
        return ("present", "present", "past")
    if predicate == "be":
        return ("present", "past", "future")
    if verb.habit:
        return ("past", "past", "present", "future")
    return ("past", "past", "future")


def _subjects(rng: Rng, predicate: str, wish: Wish) -> tuple[str, ...]:
    """One head, or two names."""
    verb = VERBS.get(predicate)
    if predicate in _PROFESSIONS:
        return (rng.choice(wish.people),)
    classes = ADJECTIVES[predicate].of if verb is None else verb.subject
    if "person" not in classes or rng.chance(100 - wish.names):
        head = rng.choice(_DESCRIBED[predicate] if verb is None else _SUBJECTS[predicate])
        return (head,)
    if "organisation" in classes and rng.chance(40):
        return (rng.choice(names_of("organisation")),)
    head = rng.choice(wish.people)
    other = rng.choice(wish.people)
    return (head, other) if wish.rich and rng.chance(15) and other != head else (head,)


def _complete(rng: Rng, wish: Wish, predicate: str, subjects: tuple[str, ...], thing: str) -> Clause:
    """Fill in everything but the heads of subject and object."""
    verb = VERBS.get(predicate)
    tense = rng.choice(tenses_of(predicate)) if wish.tense is None else wish.tense
    negative = rng.chance(wish.negative)
    subject = _subject(rng, wish, subjects, negative=negative or predicate in ADJECTIVES)
    if verb is None:
        very = predicate in ADJECTIVES and not negative and rng.chance(25)
        return Clause(predicate, subject, tense, negative, very=very)
    taken = (*subjects, thing)
    recipient = None
    if verb.recipient and (not verb.maybe or rng.chance(50)):
        recipient = _person(rng, wish, taken)
    time = (
        draw_time(rng, predicate, tense) if wish.time and rng.chance(80 if tense == "present" else 50) else ""
    )
    acted_on = _object(rng, thing, taken, negative=negative) if thing else None
    with_place = verb.frame in ("motion", "locative") or rng.chance(wish.extras)
    # "Anna did not buy a car quickly" may deny the manner alone, so there is none beside a denied "a car".
    with_manner = rng.chance(wish.extras // 2) and not (
        negative and acted_on is not None and not acted_on.definite
    )
    return Clause(
        predicate,
        subject,
        tense,
        negative,
        object=acted_on,
        recipient=recipient,
        place=draw_place(rng, predicate, thing) if with_place else None,
        time=time,
        manner=rng.choice(verb.manner) if verb.manner and with_manner else "",
        fronted=bool(time) and ADVERBS[time].cls == "time" and wish.rich and rng.chance(35),
    )


def _subject(rng: Rng, wish: Wish, heads: tuple[str, ...], *, negative: bool) -> Thing:
    if len(heads) == 2:
        return Thing(heads[0], also=Thing(heads[1]))
    head = heads[0]
    if head in NAMES:
        return Thing(head)
    noun = NOUNS[head]
    if not wish.rich or noun.mass:
        return Thing(head)
    adjective = rng.choice(ADJECTIVES_OF[noun.cls]) if noun.cls == "person" and rng.chance(25) else ""
    if rng.chance(25):
        # A denied numeral can be read in two ways, "not three" and "three did not", so there is none.
        numeral = not negative and rng.chance(50)
        return Thing(
            head, count=2 + rng.below(5) if numeral else PLURAL, definite=not numeral, adjective=adjective
        )
    if noun.cls == "person" and rng.chance(20):
        return Thing(head, adjective=adjective, relative=_relative(rng, head))
    return Thing(head, adjective=adjective)


def _relative(rng: Rng, head: str) -> Clause:
    """A clause that says more about its subject."""
    while True:
        clause = draw_clause(rng, "train", _INNER)
        heads = [
            thing.head for thing in (clause.subject, clause.object, clause.recipient) if thing is not None
        ]
        plain = clause.recipient is None and clause.tense != "future" and noun_of(heads[0]).cls == "person"
        if plain and head not in heads:
            return replace(clause, subject=Thing(head), manner="")


def _person(rng: Rng, wish: Wish, taken: tuple[str, ...]) -> Thing:
    while True:
        head = rng.choice(wish.people if rng.chance(wish.names) else _PEOPLE_NOUNS)
        if head not in taken:
            return Thing(head)


def _object(rng: Rng, head: str, taken: tuple[str, ...], *, negative: bool) -> Thing:
    if head in NAMES:
        return Thing(head)
    noun = NOUNS[head]
    adjectives = ADJECTIVES_OF[noun.cls]
    adjective = rng.choice(adjectives) if adjectives and rng.chance(35) else ""
    if noun.cls in ("person", "outdoors", "room"):
        return Thing(head, adjective=adjective)
    if noun.mass:
        return Thing(head, definite=rng.chance(25), adjective=adjective)
    if rng.chance(12) and noun.cls in _OWNED:
        owner = rng.choice(PEOPLE if rng.chance(65) else _PEOPLE_NOUNS)
        if owner not in taken:
            return Thing(head, adjective=adjective, owner=Thing(owner))
    return _counted(rng, head, adjective, negative=negative)


def _counted(rng: Rng, head: str, adjective: str, *, negative: bool) -> Thing:
    number = rng.below(100)
    if number < 15 and not negative:
        numerals = tuple(NUMERALS)
        count = rng.choice(numerals if NOUNS[head].cls in _MANY else numerals[:5])
        return Thing(head, count=count, definite=False, adjective=adjective)
    if number < 35:
        return Thing(head, count=PLURAL, definite=rng.chance(40), adjective=adjective)
    return Thing(head, definite=rng.chance(45), adjective=adjective)


def draw_place(rng: Rng, predicate: str, thing: str = "") -> Place | None:
    """Draw a place for a verb, other than the thing it acts on; ``None`` where the verb takes none."""
    verb = VERBS[predicate]
    if verb.frame == "motion":
        return Place("to", Thing(rng.choice(CITIES if rng.chance(35) else INSIDE)))
    if verb.frame != "locative" and not verb.place:
        return None
    if rng.chance(30):
        return Place("in", Thing(rng.choice(CITIES)))
    near = rng.chance(25)
    while True:
        head = rng.choice(NEARBY if near else HOMES if predicate == "live" else INSIDE)
        if head != thing:
            return Place("near" if near else "in", Thing(head))


def draw_time(rng: Rng, predicate: str, tense: Tense) -> str:
    """Draw a time or a frequency that goes with a verb in a tense; "" where none does."""
    verb = VERBS[predicate]
    if verb.stative and (verb.frame != "locative" or tense == "present"):
        return ""
    return rng.choice(_TIMES["frequency" if tense == "present" else "time", tense])


def draw(rng: Rng, split: SplitName, wish: Wish = ANYTHING) -> Meaning:
    """Draw a sentence of any construction: one clause, two clauses, or a question."""
    number = rng.below(100)
    if number < 12:
        return draw_question(rng, split, wish)
    if number < 55:
        return Meaning(draw_clause(rng, split, wish))
    links: tuple[Link, ...] = ("and", "but", "because", "when", "that")
    return draw_linked(rng, split, rng.choice(links), wish)


def draw_linked(rng: Rng, split: SplitName, link: Link, wish: Wish = ANYTHING) -> Meaning:
    """Draw two clauses with a link between them; both belong to the split."""
    if link == "that":
        return _draw_that(rng, split, wish)
    if link == "when":
        wish = replace(
            wish, tense="past", kinds=("transitive", "transitive", "intransitive", "motion"), time=False
        )
    clause = _draw_main(rng, split, link, wish)
    other_wish = replace(wish, rich=False, time=False, tense=clause.tense, extras=30)
    if link == "but":
        other_wish = replace(other_wish, negative=100)
    elif link == "when":
        other_wish = replace(other_wish, negative=0)
    elif link == "because":
        other_wish = replace(other_wish, kinds=("adjective", "adjective", "transitive", "locative"))
        if clause.tense == "future":
            other_wish = replace(other_wish, tense="present")
    other = draw_clause(rng, split, other_wish)
    while link == "when" and _lasting(other):
        other = draw_clause(rng, split, other_wish)
    first = link in ("because", "when") and not clause.fronted and rng.chance(35)
    return Meaning(clause, link, other, other_first=first)


def _draw_main(rng: Rng, split: SplitName, link: Link, wish: Wish) -> Clause:
    clause = draw_clause(rng, split, replace(wish, negative=0) if link == "but" else wish)
    while link == "when" and _lasting(clause):
        clause = draw_clause(rng, split, wish)
    return clause


def _lasting(clause: Clause) -> bool:
    """Whether the verb says a state, which has no moment."""
    return VERBS[clause.predicate].stative


def _draw_that(rng: Rng, split: SplitName, wish: Wish) -> Meaning:
    other = draw_clause(rng, split, replace(wish, rich=False))
    past = other.tense == "past" and rng.chance(60)
    return draw_said(
        rng, split, other, _SPEECH, Wish(tense="past" if past else "present", negative=wish.negative // 2)
    )


def draw_said(rng: Rng, split: SplitName, other: Clause, predicates: tuple[str, ...], wish: Wish) -> Meaning:
    """Draw somebody who says, thinks or knows a given clause."""
    while True:
        predicate, head = rng.choice(predicates), rng.choice(wish.people if rng.chance(70) else _PEOPLE_NOUNS)
        if head != other.subject.head and split_of_heads(predicate, (head,), "") == split:
            tense = wish.tense or "present"
            return Meaning(Clause(predicate, Thing(head), tense, rng.chance(wish.negative)), "that", other)


def draw_question(rng: Rng, split: SplitName, wish: Wish = ANYTHING) -> Meaning:
    """Draw a question: yes or no, who, what, where or when."""
    kinds: tuple[Question, ...] = ("polar", "polar", "subject", "object", "place", "time")
    question = rng.choice(kinds)
    while True:
        clause = draw_clause(rng, split, replace(wish, negative=0))
        if can_ask(clause, question) and split_of_question(clause, question) == split:
            return Meaning(replace(clause, fronted=False), question=question)


def can_ask(clause: Clause, question: Question) -> bool:
    """Whether a clause can be asked for this role."""
    subject = clause.subject
    if clause.negative or subject.relative is not None:
        return False
    if question == "subject":
        return not subject.plural and noun_of(subject.head).cls in ("person", "organisation")
    if question == "object":
        return clause.object is not None and noun_of(clause.object.head).cls not in ("person", "city")
    if question == "place":
        return clause.place is not None and clause.place.relation != "near"
    if question == "time":
        return bool(clause.time) and ADVERBS[clause.time].cls == "time"
    return True
