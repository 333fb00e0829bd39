"""Whether results beside each other are of the same data: scores of different ones have no mean."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from xtl.errors import DataFormatError
from xtl.results import Result, contents

_MOST_FOLDERS = 3


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
        for name, digest in dict.fromkeys(pair for result in results for pair in contents(result)):
            folders.setdefault(name, {}).setdefault(digest, []).append(folder)
    for name, folders_of_content in folders.items():
        if len(folders_of_content) > 1:
            groups = "; another in ".join(map(_listed, folders_of_content.values()))
            raise DataFormatError(
                f"expected runs of the same data, got {len(folders_of_content)} different contents of the "
                f"{name}: one in {groups}. Run the sweep again, which scores anew "
                "what has changed, or report on folders of one content alone"
            )


def _listed(folders: Sequence[Path]) -> str:
    more = len(folders) - _MOST_FOLDERS
    names = ", ".join(map(str, folders[:_MOST_FOLDERS]))
    return f"{names} and {more} more" if more > 0 else names
