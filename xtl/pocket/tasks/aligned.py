"""pocket_retrieval and pocket_mining: sentences and their English translations, among near-duplicates."""

from functools import lru_cache

from xtl.pocket.draw import Wish, draw_clause
from xtl.pocket.meaning import Clause, Meaning, Place, Thing
from xtl.pocket.rng import Rng
from xtl.pocket.text import say
from xtl.pocket.variants import changed
from xtl.types import BitextMiningExample, RetrievalExample, SplitName

GROUP = 4
"""Number of neighbouring rows of which all others differ from the first in one word."""
_LONG = Wish(kinds=("transitive",), negative=15, names=80, extras=90)
Skeleton = tuple[object, ...]


def skeleton(clause: Clause) -> Skeleton:
    """What every language says of a clause: all but articles, tense and word order."""
    subject, thing, recipient, place = clause.subject, clause.object, clause.recipient, clause.place
    return (
        clause.predicate,
        clause.negative,
        _core(subject),
        _core(thing),
        _core(recipient),
        (place.relation, place.thing.head) if isinstance(place, Place) else None,
        clause.time,
        clause.manner,
    )


def _core(thing: Thing | None) -> Skeleton:
    if thing is None:
        return ()
    count = max(thing.count, 1)
    return (thing.head, count, thing.adjective, _core(thing.owner), _core(thing.also), thing.relative)


@lru_cache(maxsize=1024)
def group(seed: int, task: str, split: SplitName, number: int) -> tuple[Clause, ...]:
    """A clause and three that differ from it in one word."""
    rng = Rng(seed, task, split, number)
    while True:
        base = draw_clause(rng, split, _LONG)
        drawn = (base, *rng.shuffled(changed(rng, base, split)))
        by_skeleton = {skeleton(clause): clause for clause in drawn}
        clauses = tuple(by_skeleton.values())
        if len(clauses) >= GROUP and base.place is not None and base.time:
            return clauses[:GROUP]


def plan_row(seed: int, split: SplitName, row: int) -> Meaning:
    """The meaning of one row of pocket_retrieval."""
    return Meaning(group(seed, "pocket_retrieval", split, row // GROUP)[row % GROUP])


def retrieval(plan: Meaning, lang: str, uid: str) -> RetrievalExample:
    """Say it in the language and in English."""
    return RetrievalExample(uid=uid, lang=lang, text=say(plan, lang).text, translation=say(plan, "en").text)


def mining(lang: str, split: SplitName, size: int, seed: int) -> BitextMiningExample:
    """Two corpora of ``size`` sentences: half have a translation on the other side, half nearly have one."""
    seen: set[Skeleton] = set()
    sources: list[tuple[Clause, int]] = []
    translations: list[tuple[Clause, int]] = []
    number = 0
    while len(sources) < size:
        clauses = group(seed, "pocket_mining", split, number)
        number += 1
        skeletons = {skeleton(clause) for clause in clauses}
        if skeletons & seen:  # a sentence that is said twice would have two right translations
            continue
        seen |= skeletons
        pair = len(sources)
        sources += [(clauses[0], pair), (clauses[1], -1)]
        translations += [(clauses[0], pair), (clauses[2], -1)]
    rng = Rng(seed, "pocket_mining", split, "order", size)
    sources, translations = rng.shuffled(sources[:size]), rng.shuffled(translations[:size])
    english_id = {pair: f"en-{i:06d}" for i, (_, pair) in enumerate(translations) if pair >= 0}
    return BitextMiningExample(
        uid=f"pocket_mining/{split}/0",
        lang=lang,
        text_of_id={
            f"{lang}-{i:06d}": say(Meaning(clause), lang).text for i, (clause, _) in enumerate(sources)
        },
        translation_of_id={
            f"en-{i:06d}": say(Meaning(clause), "en").text for i, (clause, _) in enumerate(translations)
        },
        gold=frozenset(
            (f"{lang}-{i:06d}", english_id[pair]) for i, (_, pair) in enumerate(sources) if pair >= 0
        ),
    )
