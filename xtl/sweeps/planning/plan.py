"""Plan of a sweep before its first cell runs: seeds, metrics, selections of weights, budgets."""

import itertools
import logging
from collections.abc import Iterable, Sequence
from pathlib import Path

from hydra.core.config_loader import ConfigLoader
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from omegaconf import DictConfig, OmegaConf, open_dict, read_write

from xtl.config import finalize
from xtl.schemas.cell import TrainConfig
from xtl.schemas.ranges import budget_text

logger = logging.getLogger(__name__)

_SEED, _UNNAMED = "seed", "sweep.unnamed_seed"

_VARIES_NOTHING = (_SEED, "data_seed", "backbone", "data", "trainer", "tuning", "sweep", "hydra")
"""First parts of settings that decide neither metric, nor selection, nor budget; but a choice of the backbone
may choose a recipe."""

_ROWS = ("lang", "langs", "size", "fraction", "shots", "lang_sampling", "max_len", "lr", "head_lr")
"""Last parts of settings of which the same holds."""


def planned_seeds(config: DictConfig, loader: ConfigLoader) -> list[int]:
    """Seeds of the grid of a sweep, in its order; none, where they are no numbers, as each cell will say.

    Args:
        config: Config of the sweep, with Hydra's own in it.
        loader: Loader of its configs.

    Raises:
        HydraException: if the grid is written in a way that Hydra does not know.
    """
    seeds = _axes(config, loader).get(_SEED)
    values = [str(config.seed)] if seeds is None else [value.partition("=")[2] for value in seeds]
    return [int(value) for value in values if value.isdecimal()]


def add_seeds(config: DictConfig, loader: ConfigLoader, count: int) -> list[int]:
    """Add seeds to the grid of a sweep, after its largest one.

    Args:
        config: Config of the sweep, whose overrides are changed.
        loader: Loader of its configs.
        count: Number of seeds.

    Returns:
        The seeds that were added.
    """
    seeds = planned_seeds(config, loader)
    more = [max(seeds) + step for step in range(1, count + 1)] if seeds else []
    if more:
        with read_write(config), open_dict(config):
            overrides = [str(text) for text in config.hydra.overrides.task]
            others = [text for text in overrides if text.partition("=")[0].lstrip("+") != _SEED]
            grid = ",".join(map(str, [*seeds, *more]))
            if not _varies_seed(config, loader):
                # Cells of the one seed that was planned have no seed in their names, and are to be found.
                others.append(f"{_UNNAMED}={seeds[0]}")
            config.hydra.overrides.task = [*others, f"{_SEED}={grid}"]
    return more


def _varies_seed(config: DictConfig, loader: ConfigLoader) -> bool:
    """Whether the seed is one of the grid's axes, so that the names of cells have it."""
    texts = [str(text) for text in config.hydra.overrides.task]
    overrides = OverridesParser.create(config_loader=loader).parse_overrides(texts)
    of_seed = [override for override in overrides if override.key_or_group == _SEED]
    return of_seed[-1].is_sweep_override() if of_seed else _SEED in (config.hydra.sweeper.params or {})


def write_plan(folder: Path, config: DictConfig, loader: ConfigLoader, *, seeds_more: Sequence[int]) -> None:
    """Write rules and plan of a sweep into its folder; what stands there stays.

    Args:
        folder: Folder of the sweep.
        config: Config of the sweep, before seeds are added.
        loader: Loader of its configs.
        seeds_more: Seeds that are added.

    Raises:
        DataFormatError: if what stands there is damaged: no report could be made of the sweep.
        OSError: if the folder or the file cannot be written.
    """
    from xtl.statistics import Rules  # takes a while to load, and one cell alone has no rules
    from xtl.statistics.rules import SweepPlan, TargetPlan, changed_rules, read_rules, write_rules

    seeds = [seed for seed in planned_seeds(config, loader) if seed not in seeds_more]
    targets: dict[str, TargetPlan] = {}
    intermediates: dict[str, tuple[str, ...]] = {}
    for cell in _typical_cells(config, loader):
        task = cell.target
        before = targets.get(task.name)
        targets[task.name] = TargetPlan(
            metric=task.metrics[0] if before is None else before.metric,
            selections=_joined(before.selections if before else (), task.recipe.selection),
            budgets=_joined(before.budgets if before else (), budget_text(task)),
        )
        phase = cell.intermediate
        if phase is not None:
            intermediates[phase.name] = _joined(intermediates.get(phase.name, ()), budget_text(phase))
    plan = SweepPlan(seeds=tuple(seeds), targets=targets, intermediates=intermediates)
    try:
        rules = Rules(**config.sweep.rules)
    except ValueError as error:  # each cell will refuse them
        logger.warning("no rules written: %s", error)
        return
    for name, (first, now) in changed_rules(read_rules(folder) or rules, rules).items():
        logger.warning("sweep.rules.%s=%s: the sweep is judged by %s, as it was begun", name, now, first)
    write_rules(folder, rules, plan, seeds_more=seeds_more)


def _typical_cells(config: DictConfig, loader: ConfigLoader) -> Iterable[TrainConfig]:
    """One cell for each target of the grid and one for each intermediate task, as far as they compose."""
    axes = {
        key: values
        for key, values in _axes(config, loader).items()
        if key == "backbone" or (key.split(".")[0] not in _VARIES_NOTHING and key.split(".")[-1] not in _ROWS)
    }
    constant = {key: values[0] for key, values in _axes(config, loader).items()}
    cells: dict[tuple[str, ...], None] = {}
    for owner in ("target", "intermediate"):
        # Settings of the other phase stay at their first value: its own turn varies them.
        other = {"target": "intermediate", "intermediate": "target"}[owner]
        own = {key: values for key, values in axes.items() if not key.startswith(other)}
        for combination in itertools.product(*own.values()):
            cells[tuple({**constant, **dict(zip(own, combination, strict=True))}.values())] = None
    for overrides in cells:
        try:
            cell = loader.load_sweep_config(config, list(overrides))
            with read_write(cell), open_dict(cell):
                del cell["hydra"]
            yield finalize(cell, data_needed=False)
        except Exception as error:  # whatever it is, the cell itself will say it
            logger.debug("no plan of %s: %s", " ".join(overrides), error)


def _axes(config: DictConfig, loader: ConfigLoader) -> dict[str, list[str]]:
    """Overrides of the cells by key: all values of what the grid varies, one of the rest."""
    params = OmegaConf.select(config, "hydra.sweeper.params") or {}
    texts = [f"{key}={value}" for key, value in params.items()]
    texts += [str(text) for text in config.hydra.overrides.task]
    parsed = OverridesParser.create(config_loader=loader).parse_overrides(texts)
    return {override.key_or_group: _values(override) for override in parsed}


def _values(override: Override) -> list[str]:
    key = override.get_key_element()
    if override.is_sweep_override() and override.is_discrete_sweep():
        return [f"{key}={value}" for value in override.sweep_string_iterator()]
    return [f"{key}={override.get_value_element_as_str()}"]


def _joined(values: tuple[str, ...], value: str) -> tuple[str, ...]:
    return values if value in values else (*values, value)
