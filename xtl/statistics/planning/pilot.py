"""Questions of a pilot, each with the noise that the pilot saw."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from xtl.results import Result, first_metrics, told_apart
from xtl.results.damage import damage, possible_damage
from xtl.statistics.components import Components
from xtl.statistics.table import ScoreTable, score_table
from xtl.statistics.verdicts import Answer, Rules
from xtl.statistics.verdicts.evidence import gather


class Aim(StrEnum):
    """What a sweep is to show; each needs seeds and target languages of its own."""

    GAIN = "gain"
    NO_EFFECT = "no effect"
    CURVATURE = "curvature"
    AGAINST_ENGLISH = "against English"


@dataclass(frozen=True, kw_only=True, slots=True)
class PilotQuestion:
    """A question about one intermediate language, and the noise of its answer.

    Attributes:
        task: Target task.
        intermediate: Intermediate task.
        lang: Intermediate language.
        aim: What is to be shown.
        effect: True value that the plan is for, in the unit of the contrast; 0 for "no effect".
        margin: Margin within which "no effect" is to be shown; ``None`` for the other aims.
        parts: Variance components.
        num_seeds: Number of complete seeds of the pilot.
        num_langs: Number of its target languages.
        alpha: Level of one test: that of the family divided by its size, since Holm may ask for as much.
    """

    task: str
    intermediate: str
    lang: str
    aim: Aim
    effect: float
    margin: float | None
    parts: Components
    num_seeds: int
    num_langs: int
    alpha: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Pilot:
    """What a pilot says of the noise.

    Attributes:
        questions: Questions whose noise is known.
        problems: Questions that the pilot cannot plan, and why.
        notes: Curves that are planned, but may have harmed the encoder.
    """

    questions: tuple[PilotQuestion, ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...] = ()


def pilot_questions(results: Sequence[Result], rules: Rules) -> Pilot:
    """Variance components of each question of a pilot: gain, no effect, curvature, and that against English.

    The effect to find is the margin of the rules, on the scale of the question; for "no effect" it is 0.
    Intermediate languages that have harmed the encoder for certain get no verdict, and so are not planned
    either.

    Args:
        results: Results of the recipe's own selection; different settings are told apart.
        rules: Margins, level and power.
    """
    tables: list[tuple[str, ScoreTable]] = []
    problems: list[str] = []
    doubts: list[str] = []
    for intermediate, whole_curve in _curves(told_apart(results)):
        damages = damage(whole_curve, rules.margin)
        problems += map(str, damages)
        doubts += map(str, possible_damage(whole_curve, rules.margin))
        harmed = {item.lang for item in damages}
        curve = [line for line in whole_curve if line.run.trained_intermediate.lang not in harmed]
        if not any(line.run.trained_intermediate.rows for line in curve):
            continue
        try:
            tables.append((intermediate, score_table(curve)))
        except ValueError as error:
            problems.append(f"{curve[0].task} after {intermediate}: {error}")
    if not tables and not problems:
        problems.append("expected cells with rows of an intermediate task, found none: a pilot needs some")
    answers: list[_Answer] = []
    for intermediate, table in tables:
        for lang in table.intermediates:
            answers += _answers(intermediate, table, lang, rules, problems)
    family = {aim: sum(other is aim for _, _, _, other, _ in answers) for aim in Aim}
    return Pilot(
        questions=tuple(_question(*answer, rules.alpha / family[answer[3]]) for answer in answers),
        problems=tuple(dict.fromkeys(problems)),
        notes=tuple(doubts),
    )


_Answer = tuple[str, str, str, Aim, Answer]
"""Target, intermediate task, its language, aim, and the contrast."""


def _answers(
    intermediate: str, table: ScoreTable, lang: str, rules: Rules, problems: list[str]
) -> Iterator[_Answer]:
    """Contrasts whose noise is known; what there is to say of the others goes to ``problems``."""
    title = f"{table.task} after {intermediate} in {lang}"
    evidence = gather(table, lang, rules)
    problems += [f"{title}: {problem}" for problem in evidence.problems]
    for aim, answer in (
        (Aim.GAIN, evidence.gain),
        (Aim.NO_EFFECT, evidence.gain),
        (Aim.CURVATURE, evidence.bend),
        (Aim.AGAINST_ENGLISH, evidence.bend_unlike_english),
    ):
        if answer is not None and answer.components is not None:
            yield table.task, intermediate, lang, aim, answer
        elif answer is not None and aim is Aim.GAIN:
            problems.append(f"{title}: one seed tells nothing of seeds; a pilot needs three at least")


def _question(
    task: str, intermediate: str, lang: str, aim: Aim, answer: Answer, alpha: float
) -> PilotQuestion:
    assert answer.components is not None  # noqa: S101  told by the caller
    is_equivalence = aim is Aim.NO_EFFECT
    return PilotQuestion(
        task=task,
        intermediate=intermediate,
        lang=lang,
        aim=aim,
        effect=0.0 if is_equivalence else answer.margin,
        margin=answer.margin if is_equivalence else None,
        parts=answer.components,
        num_seeds=answer.estimate.num_seeds,
        num_langs=answer.estimate.num_langs,
        alpha=alpha,
    )


def _curves(results: Sequence[Result]) -> Iterator[tuple[str, list[Result]]]:
    """Intermediate task and results of each curve, over the first metric of its target."""
    first_metric = first_metrics(results)
    baselines: dict[str, list[Result]] = {}
    curves: dict[tuple[str, str], list[Result]] = {}
    for line in results:
        if line.metric != first_metric[line.task]:
            continue
        phase = line.run.trained_intermediate
        if phase.rows:
            curves.setdefault((line.task, phase.task), []).append(line)
        else:
            baselines.setdefault(line.task, []).append(line)
    for (task, intermediate), curve in curves.items():
        yield intermediate, [*baselines.get(task, []), *curve]
