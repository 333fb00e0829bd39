"""Two values of one score, which no table may choose between."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from xtl.errors import DataFormatError
from xtl.report.reading.unrecorded import counting, setting_and_repeat
from xtl.results import SETTINGS, YOUNGER_SETTINGS, Result
from xtl.results.gather import same_value
from xtl.results.lines import to_line

_OF_MACHINE = (
    "version", "devices", "micro_batch", "micro_batch_tokens", "intermediate_micro_batch", "retried",
)  # fmt: skip
"""Fields of a line that cells of one score may differ in, which the message names."""


def check_single(runs: Mapping[Path, Sequence[Result]], settings: Mapping[Path, Mapping[str, Any]]) -> None:
    """Refuse two runs of one setting and one repeat that scored differently.

    They differ in what makes no other setting, such as the number of devices, or in a setting that neither
    their lines nor their configs tell.

    Args:
        runs: Results of the recipe's own selections, by run folder.
        settings: Settings that lines do not record, in which cells differ, by run folder.

    Raises:
        DataFormatError: if a score has two values.
    """
    seen: dict[tuple[object, ...], list[tuple[Path, Result]]] = {}
    for folder, lines in runs.items():
        of_run = settings.get(folder, {})
        for line in lines:
            if not line.run.cell:  # of a version that did not write it, and so not told apart for certain
                continue
            told = repr(counting(line, of_run))
            identity = (*setting_and_repeat(line), line.lang, line.split, line.metric, told)
            alike = seen.setdefault(identity, [])
            for folder_before, before in alike:
                if _are_one_setting(before, line) and not same_value(before.value, line.value):
                    raise DataFormatError(
                        f"expected one value of {line.metric} of {line.task} in {line.lang} "
                        f"(seed {line.run.seed}), got {before.value} in {folder_before} and {line.value} in "
                        f"{folder}, two runs of one setting{_differences(before, line)}; leave one of the "
                        "folders out"
                    )
            alike.append((folder, line))


def _are_one_setting(first: Result, second: Result) -> bool:
    """Whether no setting that both lines record differs; an older line may not say it."""
    values = ((SETTINGS[name](first), SETTINGS[name](second)) for name in YOUNGER_SETTINGS)
    return all(before == now or not before or not now for before, now in values)


def _differences(first: Result, second: Result) -> str:
    before, now = to_line(first), to_line(second)
    names = [name for name in _OF_MACHINE if before.get(name) != now.get(name)]
    listed = ", ".join(f"{name} {before.get(name)} and {now.get(name)}" for name in names)
    return f" ({listed})" if listed else ""
