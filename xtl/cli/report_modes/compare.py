"""``xtl-report --compare A B``: what changed between two sweeps."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from xtl.atomic import write_json
from xtl.errors import ConfigError
from xtl.report.comparison import compare, comparison_record, difference_table, shared_method
from xtl.report.reading import read_scores, unrecorded_between
from xtl.terminal import plain_console

logger = logging.getLogger(__name__)

COMPARE = "compare.json"

_MOST_LINES = 20


def compare_sweeps(folders: Sequence[Path], out: Path | None) -> None:
    """Print what changed between two sweeps, and write it down.

    Args:
        folders: Two folders, A and B.
        out: Folder or ``.json`` file for the plain values; ``None``: folder B.

    Raises:
        ConfigError: if there are not two folders.
        DataNotFoundError: if one of them has no results.
        DataFormatError: if a line is not one result.
    """
    if len(folders) != 2:
        raise ConfigError(f"--compare: expected two folders, A and B, got {len(folders)}")
    scores = [read_scores([folder]) for folder in folders]
    names = {name for of_folder in scores for name in of_folder.unrecorded}
    if names:  # a sweep over rates beside one of a single rate: both name it
        scores = [
            read_scores([folder], also=names - {*of_folder.unrecorded})
            for folder, of_folder in zip(folders, scores, strict=True)
        ]
    comparison = compare(scores[0].original, scores[1].original)
    between = unrecorded_between(scores[0].runs, scores[1].runs, but=names)
    comparison = replace(comparison, settings={**comparison.settings, **between})
    notes = tuple(
        f"{name}: {note}" for name, of_folder in zip("AB", scores, strict=True) for note in of_folder.notes
    )
    console = plain_console()
    console.print(f"A: {folders[0]}\nB: {folders[1]}", soft_wrap=True)
    if comparison.differences:
        console.print(difference_table(comparison))
        method = shared_method(comparison)
        count = sum(difference.p is not None for difference in comparison.differences)
        console.print(
            "Means over the languages that no head was trained in, first metric of each task. "
            f"{f'All {method}. ' if method else ''}Intervals one by one; p after Holm over {count} settings.",
            soft_wrap=True,
        )
    else:
        console.print("A and B have no setting of a target in common: nothing to compare.")
    texts = [
        f"{name}: {', '.join(a)} in A, {', '.join(b)} in B" for name, (a, b) in comparison.settings.items()
    ]
    texts = [f"setting differs: {text}" for text in texts]
    if not texts:
        texts = ["no setting differs"]
    texts += [f"content differs: {name}" for name in comparison.contents[:_MOST_LINES]]
    for name, lines in (("A", comparison.only_before), ("B", comparison.only_after)):
        texts += [f"only in {name}: {line}" for line in lines[:_MOST_LINES]]
        if len(lines) > _MOST_LINES:
            texts.append(f"only in {name}: {len(lines) - _MOST_LINES} more, see {COMPARE}")
    for text in (*texts, *notes):
        console.print(f"- {text}", soft_wrap=True)
    path = out or folders[1]
    path = path if path.suffix == ".json" else path / COMPARE
    write_json(path, comparison_record(comparison, folders=(str(folders[0]), str(folders[1])), notes=notes))
    logger.info("comparison: %s", path)
