"""pocket_nli: premise and hypothesis. First a hypothesis is drawn, then the label, then a premise.

So the hypothesis alone says nothing about the label.
"""

from dataclasses import replace
from typing import NamedTuple

from xtl.pocket.concepts import ADJECTIVES
from xtl.pocket.draw import Wish, draw_clause, draw_said
from xtl.pocket.meaning import Clause, Meaning, split_of
from xtl.pocket.relation import LABELS, Label, relation
from xtl.pocket.rng import Rng
from xtl.pocket.text import say
from xtl.pocket.variants import changed, sensible, stronger, weaker
from xtl.types import ClassificationExample, SplitName

_PLAIN = Wish(negative=40, rich=False)


class Pair(NamedTuple):
    """Two sentences and their label."""

    first: Meaning
    second: Meaning
    label: str


def plan(rng: Rng, split: SplitName) -> Pair:
    """Draw a hypothesis, a label and a premise."""
    clause = draw_clause(rng, split, _PLAIN)
    hypothesis, label = Meaning(clause), rng.choice(LABELS)
    while True:
        premise = _premise(rng, split, clause, label)
        if premise != hypothesis and _sensible(premise) and relation(premise, hypothesis) == label:
            return Pair(premise, hypothesis, label)


def _sensible(premise: Meaning) -> bool:
    return all(sensible(clause) for clause in (premise.clause, premise.other) if clause is not None)


def _premise(rng: Rng, split: SplitName, clause: Clause, label: Label) -> Meaning:
    if label == "neutral":
        return _neutral(rng, split, clause)
    fact = clause
    if label == "contradiction":
        fact = _contrary(rng, split, clause)
    elif rng.chance(75):
        fact = _implying(rng, clause)
    if fact == clause or rng.chance(30):
        return _embedded(rng, split, fact, certain=True)
    return Meaning(fact)


def _implying(rng: Rng, clause: Clause) -> Clause:
    """A clause that implies this one; this one itself where nothing can be added."""
    for _ in range(1 + rng.below(2)):
        variants = weaker(clause) if clause.negative else stronger(rng, clause)
        candidates = [variant for variant in variants if sensible(variant)]
        clause = rng.choice(candidates) if candidates else clause
    return clause


def _contrary(rng: Rng, split: SplitName, clause: Clause) -> Clause:
    """A clause that excludes this one."""
    if not clause.negative and rng.chance(50):
        antonym = ADJECTIVES[clause.predicate].antonym if clause.predicate in ADJECTIVES else ""
        if antonym:
            opposite = replace(clause, predicate=antonym)
            return opposite if split_of(opposite) == split else replace(clause, negative=True, very=False)
        contraries = [
            other
            for other in changed(rng, clause, split)
            if relation(Meaning(other), Meaning(clause)) == LABELS[2]
        ]
        if contraries:
            return rng.choice(contraries)
    # What contradicts an implication of the clause contradicts the clause, and is more than it with a "not".
    base = clause
    if rng.chance(60):
        candidates = stronger(rng, clause) if clause.negative else weaker(clause)
        base = rng.choice(candidates) if candidates else clause
    return _denied(base)


def _denied(clause: Clause) -> Clause:
    """The clause, denied or no longer denied."""
    return replace(clause, negative=not clause.negative, very=False)


def _neutral(rng: Rng, split: SplitName, clause: Clause) -> Meaning:
    way = rng.below(4)
    if way == 0:
        fact = _denied(clause) if rng.chance(50) else clause
        return _embedded(rng, split, fact, certain=False)
    if way == 1:
        candidates = stronger(rng, clause) if clause.negative else weaker(clause)
    elif way == 2:
        candidates = changed(rng, clause, split)
    else:
        wish = Wish(negative=40, rich=False, names=95, tense=clause.tense)
        other = replace(draw_clause(rng, split, wish), subject=clause.subject)
        candidates = [other] if split_of(other) == split and other.predicate != clause.predicate else []
    candidates = [candidate for candidate in candidates if sensible(candidate)]
    fact = rng.choice(candidates) if candidates else draw_clause(rng, split, _PLAIN)
    return _embedded(rng, split, fact, certain=True) if rng.chance(30) else Meaning(fact)


def _embedded(rng: Rng, split: SplitName, fact: Clause, *, certain: bool) -> Meaning:
    """The fact within a longer sentence, which holds it to be true or only says that somebody thinks so."""
    if not certain:
        return draw_said(rng, split, fact, ("say", "think"), Wish(tense="present"))
    way = rng.below(3)
    if way == 0:
        return draw_said(rng, split, fact, ("know",), Wish(tense="present", negative=15))
    extra = draw_clause(rng, split, Wish(tense=fact.tense, negative=30, rich=False, time=False))
    return Meaning(fact, "and", extra) if way == 1 else Meaning(extra, "and", fact)


def pair(plan: Pair, lang: str, uid: str) -> ClassificationExample:
    """Say both sentences."""
    first, second = say(plan.first, lang).text, say(plan.second, lang).text
    return ClassificationExample(uid=uid, lang=lang, first=first, second=second, label=plan.label)
