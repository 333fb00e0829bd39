"""pocket_paraphrase: the same said in another order, or another thing said in nearly the same words."""

from collections.abc import Callable
from dataclasses import replace

from xtl.pocket.concepts import ADVERBS
from xtl.pocket.draw import Wish, draw_clause, draw_linked
from xtl.pocket.meaning import Clause, Link, Meaning, Thing, split_of
from xtl.pocket.relation import converse, relation
from xtl.pocket.rng import Rng
from xtl.pocket.tasks.nli import Pair
from xtl.pocket.variants import changed
from xtl.types import SplitName

_FULL = Wish(negative=10, names=75, extras=60)
_LINKS: tuple[Link, ...] = ("", "", "", "and", "because", "when")


def plan(rng: Rng, split: SplitName) -> Pair:
    """Draw a sentence and its second version; label "1" where both say the same."""
    # The label is drawn first and kept, so that both are equally frequent however often the rest fails.
    label = rng.below(2)
    while True:
        link = rng.choice(_LINKS)
        first = draw_linked(rng, split, link, _FULL) if link else Meaning(draw_clause(rng, split, _FULL))
        reordered = _reordered(first, split)
        if not reordered:
            continue
        second = rng.choice(reordered)
        if not label:
            distractors = [other for other in _near_misses(rng, second, split) if _different(first, other)]
            if not distractors:
                continue
            second = rng.choice(distractors)
        return Pair(first, second, str(label)) if rng.chance(50) else Pair(second, first, str(label))


def _reordered(meaning: Meaning, split: SplitName) -> list[Meaning]:
    """The same meaning in other words or another order."""
    clause, versions = meaning.clause, []
    if meaning.link in ("because", "when"):
        versions.append(
            replace(meaning, other_first=not meaning.other_first, clause=replace(clause, fronted=False))
        )
    if meaning.link == "and" and meaning.other is not None:
        second = replace(clause, fronted=False)
        versions.append(Meaning(meaning.other, "and", second))
    if clause.time and ADVERBS[clause.time].cls == "time" and not meaning.other_first:
        versions.append(replace(meaning, clause=replace(clause, fronted=not clause.fronted)))
    if clause.subject.also is not None:
        subject = Thing(clause.subject.also.head, also=Thing(clause.subject.head))
        versions.append(replace(meaning, clause=replace(clause, subject=subject)))
    other_side = converse(clause)
    if other_side is not None and clause.subject.count == 1 and not clause.subject.adjective:
        versions.append(replace(meaning, clause=other_side))
    return [other for other in versions if split_of(other.clause) == split]


def _near_misses(rng: Rng, meaning: Meaning, split: SplitName) -> list[Meaning]:
    """Sentences of nearly the same words that say something else."""
    clause = meaning.clause
    clauses = changed(rng, clause, split)
    ways: list[Callable[[Clause], Clause | None]] = [_swapped_people, _swapped_object]
    for way in ways:
        other = way(clause)
        if other is not None and split_of(other) == split:
            clauses += [other, other]  # twice: the very same words are the hardest, and rare
    return [replace(meaning, clause=other) for other in clauses]


def _swapped_people(clause: Clause) -> Clause | None:
    """Who gives becomes who is given to."""
    if clause.recipient is None or clause.subject != Thing(clause.subject.head):
        return None
    return replace(clause, subject=clause.recipient, recipient=clause.subject)


def _swapped_object(clause: Clause) -> Clause | None:
    """Who helps becomes who is helped."""
    if clause.predicate not in ("help", "meet", "invite", "love") or clause.object is None:
        return None
    plain = clause.subject == Thing(clause.subject.head) and clause.object == Thing(clause.object.head)
    return replace(clause, subject=clause.object, object=clause.subject) if plain else None


def _different(first: Meaning, second: Meaning) -> bool:
    return relation(first, second) != "entailment" or relation(second, first) != "entailment"
