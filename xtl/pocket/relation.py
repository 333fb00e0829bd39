"""What follows from what: entailment, neutral and contradiction, read off the meanings alone."""

from dataclasses import replace
from typing import Literal

from xtl.pocket.concepts import ADJECTIVES, NAMES, NOUNS, VERBS
from xtl.pocket.meaning import PLURAL, Clause, Meaning, Thing

Label = Literal["entailment", "neutral", "contradiction"]
LABELS: tuple[Label, ...] = ("entailment", "neutral", "contradiction")


def relation(premise: Meaning, hypothesis: Meaning) -> Label:
    """Say whether the hypothesis follows from the premise, is excluded by it, or is left open.

    A positive clause says that there is such an event, a negative one that there is none. An event with more
    said about it is also one with less said about it: "Anna bought a red car in Korvo" entails "Anna bought a
    car", and "Anna did not buy a car" entails "Anna did not buy a red car". Numerals are exact.
    """
    premises = facts(premise)
    labels = [_against(premises, clause) for clause in facts(hypothesis)]
    if "contradiction" in labels:
        return "contradiction"
    return "entailment" if labels and all(label == "entailment" for label in labels) else "neutral"


def facts(meaning: Meaning) -> list[Clause]:
    """The clauses that a statement holds to be true. What is only said or thought is not among them."""
    if meaning.link != "that":
        return [clause for clause in (meaning.clause, meaning.other) if clause is not None]
    factive = VERBS[meaning.clause.predicate].factive
    return [meaning.clause, meaning.other] if factive and meaning.other is not None else [meaning.clause]


def _against(premises: list[Clause], clause: Clause) -> Label:
    labels = [clause_relation(fact, clause) for fact in premises]
    return next((label for label in labels if label != "neutral"), "neutral")


def clause_relation(first: Clause, second: Clause) -> Label:
    """The relation of two clauses."""
    # A denial turns the direction round: what no general event does, no special one does either.
    if first.negative and second.negative:
        return "entailment" if fits(second, first) else "neutral"
    if first.negative:
        return "contradiction" if fits(second, first) else "neutral"
    if second.negative:
        return "contradiction" if fits(first, second) else "neutral"
    if fits(first, second):
        return "entailment"
    return "contradiction" if _exclude(first, second) else "neutral"


def converse(clause: Clause) -> Clause | None:
    """The same event from the other side: "Anna sold Peter a car", "Peter bought a car from Anna"."""
    verb = VERBS.get(clause.predicate)
    if verb is None or not verb.converse or clause.recipient is None or clause.subject.also is not None:
        return None
    subject, recipient = clause.recipient, clause.subject
    return replace(clause, predicate=verb.converse, subject=subject, recipient=recipient)


def fits(special: Clause, general: Clause) -> bool:
    """Whether an event of the first kind is always one of the second kind; denial is left aside."""
    other = converse(special)
    return _fits(special, general) or (other is not None and _fits(other, general))


def _fits(special: Clause, general: Clause) -> bool:
    if special.predicate != general.predicate or special.tense != general.tense:
        return False
    if not same_people(special.subject, general.subject) or (general.very and not special.very):
        return False
    if general.object is not None and (
        special.object is None or not _thing_fits(special.object, general.object)
    ):
        return False
    return all(
        getattr(general, role) in (None, "", getattr(special, role))
        for role in ("recipient", "place", "time", "manner")
    )


def same_people(first: Thing, second: Thing) -> bool:
    """Whether two subjects are the same; "Anna and Peter" are also "Peter and Anna"."""
    if first.also is None or second.also is None:
        return first == second
    return {first.head, first.also.head} == {second.head, second.also.head}


def _thing_fits(special: Thing, general: Thing) -> bool:
    if special.head != general.head and (
        special.head in NAMES or NOUNS[special.head].hypernym != general.head
    ):
        return False
    if special.count != general.count and not (general.count == PLURAL and special.count > 1):
        return False
    return (
        special.definite == general.definite
        and general.adjective in ("", special.adjective)
        and general.owner in (None, special.owner)
    )


def _exclude(first: Clause, second: Clause) -> bool:
    """Whether two positive clauses cannot both be true."""
    if not same_people(first.subject, second.subject) or first.tense != second.tense:
        return False
    if first.predicate in ADJECTIVES:
        return ADJECTIVES[first.predicate].antonym == second.predicate
    if first.predicate != second.predicate:
        return False
    return _in_two_cities(first, second) or _other_number(first, second)


def _in_two_cities(first: Clause, second: Clause) -> bool:
    """Being, or living, in two cities at once."""
    if (
        VERBS.get(first.predicate) is None
        or VERBS[first.predicate].frame != "locative"
        or first.time != second.time
    ):
        return False
    # Only names of cities: a house may be in a village, so two nouns do not exclude each other.
    cities = [
        clause.place.thing.head
        for clause in (first, second)
        if clause.place and clause.place.relation == "in" and clause.place.thing.head in NAMES
    ]
    return len(set(cities)) == 2 and first.tense == "present"


def _other_number(first: Clause, second: Clause) -> bool:
    """The same event with another numeral."""
    thing, other = first.object, second.object
    if thing is None or other is None or min(thing.count, other.count) < 2 or thing.count == other.count:
        return False
    return replace(first, object=replace(thing, count=other.count), fronted=second.fronted) == second
