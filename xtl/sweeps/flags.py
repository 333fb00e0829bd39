"""What may be wrong with the intermediate phases of cells: a source language that fell, phases at chance."""

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from xtl.config import load
from xtl.errors import XtlError, first_line
from xtl.results import FILE_NAME, Result, read, selected
from xtl.results.damage import paired_changes
from xtl.runs.file_names import CONFIG

logger = logging.getLogger(__name__)


def readable_flags(folder: Path, cells: Sequence[Path]) -> dict[Path, str]:
    """Flags of the cells; none where they cannot be told, since how the cells ended is to be said anyhow.

    Args:
        folder: Folder of the sweep.
        cells: Run folders.
    """
    try:
        return flags_of(folder, cells)
    except Exception as error:  # whatever it is: of the rules, of a file of results, of statistics
        logger.warning("whether source languages fell is not said: %s", first_line(error))
        logger.debug("raised here:", exc_info=True)
        return {}


def flags_of(folder: Path, cells: Sequence[Path]) -> dict[Path, str]:
    """What may be wrong with intermediate phases of cells, by run folder; baselines may be any of the cells.

    The target's validation score in its source language may be below that of the baseline of the same seed
    and target by more than the sweep's margin. A phase may have stayed at chance besides.

    Args:
        folder: Folder of the sweep, which may have rules.
        cells: Run folders; those without results are passed over.
    """
    run_of: dict[Path, Result] = {}
    for path in cells:
        with suppress(XtlError):  # a failed cell has none
            run_of.update((path, line) for line in selected(read(path / FILE_NAME))[:1])
    if not any(line.run.trained_intermediate.rows for line in run_of.values()):
        return {}
    from xtl.statistics import Rules  # takes a while to load
    from xtl.statistics.rules import read_rules

    margin = (read_rules(folder) or Rules()).margin
    targets = _targets_of(run_of)
    changes = {
        id(line): change
        for line, change in paired_changes(run_of.values(), apart=lambda line: targets.get(id(line)))
    }
    flags = {}
    for path, line in run_of.items():
        target, change, parts = line.run.target, changes.get(id(line), 0.0), []
        if change < -margin:
            # Of one seed: whether the encoder is damaged the report says, by all of them.
            parts.append(f"source validation fell ({target.metric} in {target.lang} {change:+.1f})")
        if line.run.trained_intermediate.at_chance:
            parts.append("intermediate phase at chance")
        if parts:
            flags[path] = "; ".join(parts)
    return flags


def _targets_of(run_of: Mapping[Path, Result]) -> dict[int, str]:
    """Settings of the target of each line, by its id, where lines may not say what tells baselines apart."""
    baselines = [line.run for line in run_of.values() if not line.run.trained_intermediate.rows]
    if len({(run.target.task, run.target.ids, run.seed) for run in baselines}) == len(baselines):
        return {}
    return {id(line): _target_of(path) for path, line in run_of.items()}


def _target_of(folder: Path) -> str:
    """Settings of a run's target and encoder, as its config has them; empty where there is none to read."""
    try:
        config = load(folder / CONFIG, data_needed=False)
    except XtlError:
        return ""
    return repr((config.target, config.backbone))
