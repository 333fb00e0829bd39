"""Plans: seeds and target languages that a question needs, and what other numbers of them could find."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from xtl.statistics.components import Components
from xtl.statistics.intervals import Scope
from xtl.statistics.planning.pilot import PilotQuestion
from xtl.statistics.power import (
    MOST_LANGS,
    langs_needed,
    minimum_detectable_effect,
    planned_power,
    seeds_needed,
)

SEEDS, LANGS = (3, 5, 10, 20), (5, 10, 20, 40)
"""Numbers of seeds and of target languages of a grid; the pilot's own stand among them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Requirement:
    """What a question needs.

    Attributes:
        seeds: Seeds that do, in the pilot's target languages; ``None`` where no number will do.
        seeds_in_words: The same in words, such as "needs more target languages".
        langs: Target languages that do, with the pilot's seeds; ``None`` where no number up to 100 will do.
        langs_in_words: The same in words.
        smallest: Smallest effect that the pilot's own numbers find; ``None`` where the question is whether
            there is none.
    """

    seeds: int | None
    seeds_in_words: str
    langs: int | None
    langs_in_words: str
    smallest: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanCell:
    """What a number of seeds and one of target languages can do.

    Attributes:
        num_seeds: Number of seeds.
        num_langs: Number of target languages.
        power: Chance that the question is answered, if the effect is what it is asked for.
        smallest: Smallest effect that is found with the power of the rules; ``None`` where the question is
            whether there is none.
    """

    num_seeds: int
    num_langs: int
    power: float
    smallest: float | None


def requirement(question: PilotQuestion, *, power: float) -> Requirement:
    """Seeds and target languages that a question needs: by formula from 10 seeds on, below by simulation.

    Args:
        question: Question with the noise of the pilot.
        power: Chance of success.

    Raises:
        ValueError: if the power is no share.
    """
    test = {"margin": question.margin, "alpha": question.alpha}
    need = seeds_needed(question.parts, question.effect, question.num_langs, power=power, **test)  # type: ignore[arg-type]
    langs = langs_needed(question.parts, question.effect, question.num_seeds, power=power, **test)  # type: ignore[arg-type]
    return Requirement(
        seeds=need.num_seeds,
        seeds_in_words=need.reason,
        langs=langs,
        langs_in_words=_langs_in_words(question, langs),
        smallest=_smallest(question, question.num_seeds, question.num_langs, power),
    )


def plan_grid(
    question: PilotQuestion,
    *,
    power: float,
    seeds: Sequence[int] = SEEDS,
    langs: Sequence[int] = LANGS,
) -> list[PlanCell]:
    """Power and smallest effect by numbers of seeds and of target languages, row by row.

    Args:
        question: Question with the noise of the pilot, or with that of several, see :func:`pooled`.
        power: Chance of success that the smallest effect is for.
        seeds: Numbers of seeds.
        langs: Numbers of target languages; where languages are no sample, the pilot's alone counts.

    Raises:
        ValueError: if the power is no share, or a plan too small.
    """
    is_sample = question.parts.scope is Scope.LANGUAGES
    return [
        PlanCell(
            num_seeds=num_seeds,
            num_langs=num_langs,
            power=planned_power(
                question.parts,
                question.effect,
                num_seeds,
                num_langs,
                margin=question.margin,
                alpha=question.alpha,
            ),
            smallest=_smallest(question, num_seeds, num_langs, power),
        )
        for num_seeds in sorted({*seeds, question.num_seeds})
        for num_langs in (sorted({*langs, question.num_langs}) if is_sample else [question.num_langs])
    ]


def pooled(questions: Sequence[PilotQuestion]) -> PilotQuestion:
    """One question for several intermediate languages: components are means, since each alone is uncertain.

    Args:
        questions: Questions of one target, intermediate task and aim; at least one.
    """
    first = questions[0]
    return replace(
        first,
        lang=" ".join(question.lang for question in questions),
        effect=fmean(question.effect for question in questions),
        margin=None if first.margin is None else fmean(question.margin or 0.0 for question in questions),
        parts=Components(
            seeds=fmean(question.parts.seeds for question in questions),
            langs=fmean(question.parts.langs for question in questions),
            residual=fmean(question.parts.residual for question in questions),
            scope=first.parts.scope,
        ),
    )


def _smallest(question: PilotQuestion, num_seeds: int, num_langs: int, power: float) -> float | None:
    if question.margin is not None:
        return None
    return minimum_detectable_effect(question.parts, num_seeds, num_langs, alpha=question.alpha, power=power)


def _langs_in_words(question: PilotQuestion, langs: int | None) -> str:
    if question.parts.scope is not Scope.LANGUAGES:
        return "no sample of languages"
    if langs is None:
        return f"more than {MOST_LANGS}, or more seeds"
    return f"{langs} languages"
