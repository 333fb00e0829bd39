"""Small changes of a clause: saying less, saying more, saying something else."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from xtl.pocket.concepts import ADJECTIVES, NAMES, NOUNS, VERBS, noun_of
from xtl.pocket.draw import ADJECTIVES_OF, OBJECTS, PEOPLE, draw_place, draw_time
from xtl.pocket.meaning import PLURAL, Clause, Thing, split_of
from xtl.pocket.rng import Rng
from xtl.types import SplitName


def weaker(clause: Clause) -> list[Clause]:
    """The clause with one thing less said in it, in every possible way."""
    variants = [replace(clause, very=False)] if clause.very else []
    if clause.time:
        variants.append(replace(clause, time="", fronted=False))
    if clause.manner:
        variants.append(replace(clause, manner=""))
    verb = VERBS.get(clause.predicate)
    if clause.place is not None and verb is not None and verb.frame not in ("motion", "locative"):
        variants.append(replace(clause, place=None))
    if clause.recipient is not None and verb is not None and verb.maybe:
        variants.append(replace(clause, recipient=None))
    if clause.object is not None:
        variants += [replace(clause, object=thing) for thing in _weaker_things(clause.object)]
    return variants


def _weaker_things(thing: Thing) -> list[Thing]:
    variants = [replace(thing, adjective="")] if thing.adjective else []
    if thing.count > 1:
        variants.append(replace(thing, count=PLURAL))
    if thing.head in NOUNS and NOUNS[thing.head].hypernym:
        variants.append(replace(thing, head=NOUNS[thing.head].hypernym))
    return variants


def stronger(rng: Rng, clause: Clause) -> list[Clause]:
    """The clause with one thing more said in it, one example a way."""
    verb = VERBS.get(clause.predicate)
    if verb is None:
        plain = clause.predicate in ADJECTIVES and not clause.very and not clause.negative
        return [replace(clause, very=True)] if plain else []
    thing = clause.object
    variants = []
    if clause.place is None:
        variants.append(replace(clause, place=draw_place(rng, clause.predicate, thing.head if thing else "")))
    if not clause.time:
        variants.append(replace(clause, time=draw_time(rng, clause.predicate, clause.tense)))
    if verb.manner and not clause.manner:
        variants.append(replace(clause, manner=rng.choice(verb.manner)))
    if thing is not None and thing.head in NOUNS:
        variants += [replace(clause, object=variant) for variant in _stronger_things(rng, thing, clause)]
    return [variant for variant in variants if variant != clause]


def _stronger_things(rng: Rng, thing: Thing, clause: Clause) -> list[Thing]:
    variants = []
    adjectives = ADJECTIVES_OF[NOUNS[thing.head].cls]
    if adjectives and not thing.adjective:
        variants.append(replace(thing, adjective=rng.choice(adjectives)))
    if thing.count == PLURAL and not thing.definite and not clause.negative:
        variants.append(replace(thing, count=2 + rng.below(5)))
    narrower = [
        key for key in OBJECTS[clause.predicate] if key in NOUNS and NOUNS[key].hypernym == thing.head
    ]
    if narrower:
        variants.append(replace(thing, head=rng.choice(narrower)))
    return variants


def changed(rng: Rng, clause: Clause, split: SplitName) -> list[Clause]:
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
    return [variant for way in ways if (variant := _sensible_variant(way, clause, split)) is not None]


def _sensible_variant(way: Callable[[], Clause], clause: Clause, split: SplitName) -> Clause | None:
    for _ in range(8):  # some ways draw the same word again, or a clause of another split
        variant = way()
        if variant != clause and sensible(variant) and split_of(variant) == split:
            return variant
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
    heads = PEOPLE if thing.head in PEOPLE else OBJECTS[predicate]
    kind = NAMES if thing.head in NAMES else NOUNS
    head = rng.choice([key for key in heads if key in kind and noun_of(key).cls == cls])
    # A mass noun has no plural and no numeral: it and a noun that is counted do not stand in for each other.
    return (
        thing if kind is NOUNS and NOUNS[head].mass != NOUNS[thing.head].mass else replace(thing, head=head)
    )


def _other_number(rng: Rng, thing: Thing) -> Thing:
    return replace(thing, count=2 + rng.below(9)) if thing.count > 1 else thing


def _other_adjective(rng: Rng, thing: Thing) -> Thing:
    adjectives = ADJECTIVES_OF[noun_of(thing.head).cls] if thing.adjective else ()
    return replace(thing, adjective=rng.choice(adjectives)) if adjectives else thing
