"""Whether results beside each other are of the same data: scores of different ones have no mean."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from xtl.errors import DataFormatError
from xtl.results import Result, selected

_MOST_FOLDERS = 3


def comparable(results_of_folder: Mapping[Path, Sequence[Result]]) -> list[Result]:
    """Results of the recipe's own selections, once it is sure that all are of the same data.

    Args:
        results_of_folder: Results of every selection, by run folder.

    Raises:
        DataFormatError: with the folders of each content, if there are several of one set.
    """
    own = {folder: selected(results) for folder, results in results_of_folder.items()}
    check_same_data(own)
    return [result for results in own.values() for result in results]


def check_same_data(results_of_folder: Mapping[Path, Sequence[Result]]) -> None:
    """Check that runs that name the same test or training set have read the same content.

    Results that are older than the hashes of content say nothing of it and pass.

    Args:
        results_of_folder: Results by run folder.

    Raises:
        DataFormatError: with the folders of each content, if there are several of one set.
    """
    folders: dict[str, dict[str, list[Path]]] = {}
    for folder, results in results_of_folder.items():
        for name, digest in dict.fromkeys(pair for result in results for pair in _contents(result)):
            folders.setdefault(name, {}).setdefault(digest, []).append(folder)
    for name, folders_of_content in folders.items():
        if len(folders_of_content) > 1:
            groups = "; another in ".join(map(_listed, folders_of_content.values()))
            raise DataFormatError(
                f"expected runs of the same data, got {len(folders_of_content)} different contents of the "
                f"{name}: one in {groups}. Run the sweep again, which scores anew "
                "what has changed, or report on folders of one content alone"
            )


def _contents(result: Result) -> Iterator[tuple[str, str]]:
    """Each set that a result hangs on, as messages name it, and the hash of its content."""
    if result.data:
        yield f"{result.split} set of {result.task} in {result.lang}", result.data
    for phase in result.run.phases:
        if phase.data:
            rows = f"{phase.rows:,} training rows of {phase.task} in {phase.lang}"
            yield f"{rows} (ids {phase.ids})", phase.data


def _listed(folders: Sequence[Path]) -> str:
    more = len(folders) - _MOST_FOLDERS
    names = ", ".join(map(str, folders[:_MOST_FOLDERS]))
    return f"{names} and {more} more" if more > 0 else names
