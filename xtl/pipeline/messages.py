"""What a cell says of what it has read and of what a phase has learned."""

import logging
from collections.abc import Mapping, Sequence

from xtl.data.splits import Split
from xtl.results import PhaseInfo
from xtl.store.records import Phase

logger = logging.getLogger(__name__)


def log_what_was_read(phases: Sequence[Phase], tests: Mapping[str, Split]) -> None:
    """Say how many examples there are to train on, to validate on and to test on."""
    for phase in phases:
        if phase.train:
            num_validation = sum(map(len, phase.validation))
            logger.info(
                "%s: %s examples to train on and %s to validate on (%s)",
                phase.title, f"{phase.num_rows:,}", f"{num_validation:,}", ", ".join(phase.task.config.lang),
            )  # fmt: skip
        elif phase.task.config.has_rows and not phase.task.config.recipe.epochs and phase.name != "target":
            logger.warning(
                "%s: nothing is trained, since the recipe has no epochs: set %s.recipe.epochs and %s.lang",
                phase.title, phase.name, phase.name,
            )  # fmt: skip
        else:
            logger.info("%s: no training", phase.title)
    num_tests, name = sum(map(len, tests.values())), phases[-1].task.name
    logger.info("%s: %s examples to test on (%s)", name, f"{num_tests:,}", ", ".join(tests))


def log_chance(intermediate: PhaseInfo) -> None:
    """Warn of an intermediate phase that has learned nothing."""
    if intermediate.at_chance:
        logger.warning(
            "intermediate %s: %s %.1f on its own validation set is chance: it has learned nothing, and what "
            "it does to the target is no effect of the task; try another intermediate.recipe.lr, or more "
            "rows or epochs",
            intermediate.task, intermediate.metric, intermediate.validation,
        )  # fmt: skip
