"""Small changes of a clause: saying less, saying more, saying something else."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from xtl.pocket.concepts import ADJECTIVES, NAMES, NOUNS, VERBS, noun_of
from xtl.pocket.draw import ADJECTIVES_OF, OBJECTS, PEOPLE, draw_place, draw_time
from xtl.pocket.meaning import PLURAL, Clause, Thing, split_of
from xtl.pocket.rng import Rng
from xtl.types import Split


def weaker(clause: Clause) -> list[Clause]:
    """The clause with one thing less said in it, in every possible way."""
    found = [replace(clause, very=False)] if clause.very else []
    if clause.time:
        found.append(replace(clause, time="", fronted=False))
    if clause.manner:
        found.append(replace(clause, manner=""))
    verb = VERBS.get(clause.predicate)
    if clause.place is not None and verb is not None and verb.frame not in ("motion", "locative"):
        found.append(replace(clause, place=None))
    if clause.recipient is not None and verb is not None and verb.maybe:
        found.append(replace(clause, recipient=None))
    if clause.object is not None:
        found += [replace(clause, object=thing) for thing in _weaker_things(clause.object)]
    return found


def _weaker_things(thing: Thing) -> list[Thing]:
    found = [replace(thing, adjective="")] if thing.adjective else []
    if thing.count > 1:
        found.append(replace(thing, count=PLURAL))
    if thing.head in NOUNS and NOUNS[thing.head].hypernym:
        found.append(replace(thing, head=NOUNS[thing.head].hypernym))
    return found


def stronger(rng: Rng, clause: Clause) -> list[Clause]:
    """The clause with one thing more said in it, one example a way."""
    verb = VERBS.get(clause.predicate)
    if verb is None:
        plain = clause.predicate in ADJECTIVES and not clause.very and not clause.negative
        return [replace(clause, very=True)] if plain else []
    thing = clause.object
    found = []
    if clause.place is None:
        found.append(replace(clause, place=draw_place(rng, clause.predicate, thing.head if thing else "")))
    if not clause.time:
        found.append(replace(clause, time=draw_time(rng, clause.predicate, clause.tense)))
    if verb.manner and not clause.manner:
        found.append(replace(clause, manner=rng.choice(verb.manner)))
    if thing is not None and thing.head in NOUNS:
        found += [replace(clause, object=more) for more in _stronger_things(rng, thing, clause)]
    return [more for more in found if more != clause]


def _stronger_things(rng: Rng, thing: Thing, clause: Clause) -> list[Thing]:
    found = []
    adjectives = ADJECTIVES_OF[NOUNS[thing.head].cls]
    if adjectives and not thing.adjective:
        found.append(replace(thing, adjective=rng.choice(adjectives)))
    if thing.count == PLURAL and not thing.definite and not clause.negative:
        found.append(replace(thing, count=2 + rng.below(5)))
    narrower = [
        key for key in OBJECTS[clause.predicate] if key in NOUNS and NOUNS[key].hypernym == thing.head
    ]
    if narrower:
        found.append(replace(thing, head=rng.choice(narrower)))
    return found


def changed(rng: Rng, clause: Clause, split: Split) -> list[Clause]:
    """The clause with one word exchanged, one example a role; every language shows the change."""
    ways: list[Callable[[], Clause]] = []
    subject, thing, place = clause.subject, clause.object, clause.place
    if subject.head in PEOPLE:
        ways.append(lambda: replace(clause, subject=replace(subject, head=rng.choice(PEOPLE))))
    if clause.recipient is not None:
        ways.append(lambda: replace(clause, recipient=Thing(rng.choice(PEOPLE))))
    if thing is not None:
        ways += [
            lambda: replace(clause, object=_other_head(rng, thing, clause.predicate)),
            lambda: replace(clause, object=_other_number(rng, thing)),
            lambda: replace(clause, object=_other_adjective(rng, thing)),
        ]
    if place is not None:
        head = thing.head if thing else ""
        ways.append(lambda: replace(clause, place=draw_place(rng, clause.predicate, head)))
    if clause.time:
        ways.append(lambda: replace(clause, time=draw_time(rng, clause.predicate, clause.tense)))
    ways.append(lambda: replace(clause, negative=not clause.negative, very=False))
    return [found for way in ways if (found := _retry(way, clause, split)) is not None]


def _retry(way: Callable[[], Clause], clause: Clause, split: Split) -> Clause | None:
    for _ in range(8):
        found = way()
        if found != clause and sensible(found) and split_of(found) == split:
            return found
    return None


def replaced(clause: Clause, role: str, filler: object) -> Clause:
    """The clause with something else, of the right type, in a role."""
    changes: dict[str, Any] = {role: filler}
    return replace(clause, **changes)


def sensible(clause: Clause) -> bool:
    """Whether nobody occurs twice, and no numeral is denied."""
    things = [clause.subject, clause.subject.also, clause.object, clause.recipient]
    things += [thing.owner for thing in things if thing is not None]
    heads = [thing.head for thing in things if thing is not None]
    numeral = clause.object is not None and clause.object.count > 1
    return len(set(heads)) == len(heads) and not (clause.negative and (numeral or clause.subject.count > 1))


def _other_head(rng: Rng, thing: Thing, predicate: str) -> Thing:
    cls = noun_of(thing.head).cls
    wanted = PEOPLE if thing.head in PEOPLE else OBJECTS[predicate]
    kind = NAMES if thing.head in NAMES else NOUNS
    head = rng.choice([key for key in wanted if key in kind and noun_of(key).cls == cls])
    return (
        thing if kind is NOUNS and NOUNS[head].mass != NOUNS[thing.head].mass else replace(thing, head=head)
    )


def _other_number(rng: Rng, thing: Thing) -> Thing:
    return replace(thing, count=2 + rng.below(9)) if thing.count > 1 else thing


def _other_adjective(rng: Rng, thing: Thing) -> Thing:
    adjectives = ADJECTIVES_OF[noun_of(thing.head).cls] if thing.adjective else ()
    return replace(thing, adjective=rng.choice(adjectives)) if adjectives else thing
