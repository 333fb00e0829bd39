"""What can go wrong between here and a data set of the hub, said so that it can be mended."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from xtl.errors import DataFormatError, DataNotFoundError, XtlError, first_line, nearest

_NO_ANSWER = {
    "OfflineModeIsEnabled",
    "LocalEntryNotFoundError",
    "NetworkError",
    "TimeoutException",
    "ProxyError",
    "ConnectionError",
}
"""Names of errors of a hub that did not answer, or was not to be asked."""


_DAMAGE = {"ArrowInvalid", "DatasetGenerationError", "RemoteProtocolError"}
"""Names of errors of files, or of downloads, that ended too early."""


_LONGEST = 200
"""Most characters of an error of another library."""


class Address(NamedTuple):
    """A split of a config of a repository at a revision, as the hub calls them."""

    repository: str
    config: str
    revision: str
    split: str

    def __str__(self) -> str:
        """Short, for messages."""
        return f"{self.repository} (config {self.config}, split {self.split}, revision {self.revision})"


def explained(error: Exception, address: Address) -> XtlError | None:
    """Say what an error of ``datasets`` or ``huggingface_hub`` means; ``None``: nothing that is known.

    Args:
        error: Error with its causes.
        address: Split that was being loaded.
    """
    if isinstance(error, XtlError):
        return error
    names = _names(error)
    text = " ".join(map(str, _chain(error)))
    if is_unreachable(error):
        return _unreachable(address, error)
    if "RevisionNotFoundError" in names or "Revision '" in text:
        return DataNotFoundError(
            f"{address}: expected a commit, tag or branch of {address.repository}, found no revision "
            f"'{address.revision}'; correct revision under hub: in the task's file, or on the command line "
            "target.hub.revision=main"
        )
    if "GatedRepoError" in names or "is a gated dataset" in text:
        return DataNotFoundError(
            f"{address}: expected access to the repository, found that it is gated; accept its terms on its "
            "page, log in with: hf auth login"
        )
    if names & {"RepositoryNotFoundError", "DatasetNotFoundError"}:
        return DataNotFoundError(
            f"{address}: expected a data set on the hub, found none of that name that may be read; correct "
            "the repository under hub: in the task's file"
        )
    return _of_content(error, names, text, address)


def _of_content(error: Exception, names: set[str], text: str, address: Address) -> XtlError | None:
    """Explain what is wrong with a repository that was reached."""
    if "Dataset scripts are no longer supported" in text:
        return DataNotFoundError(
            f"{address}: expected data files, found a loading script, which is not run; read the hub's own "
            "parquet files instead, if there are any: target.hub.revision=refs/convert/parquet"
        )
    if "BuilderConfig" in text and "not found" in text:
        # The names of the configs stand in the message alone, as a printed list.
        configs = [name.strip("' ") for name in text.partition("[")[2].partition("]")[0].split(",")]
        return DataNotFoundError(
            f"{address}: expected config '{address.config}', found {_some(configs)}"
            f"{nearest(address.config, configs)}; correct config under hub: in the task's file"
        )
    if names & _DAMAGE or "onsistency check" in text:
        return damaged(address, first_line(list(_chain(error))[-1])[:_LONGEST])
    if names & {"DataFilesNotFoundError", "EmptyDatasetError", "FileNotFoundError", "EntryNotFoundError"}:
        return DataNotFoundError(
            f"{address}: expected data files, found none ({first_line(error)[:_LONGEST]}); the repository "
            "may hold something else at this revision"
        )
    return None


def absent_split(address: Address, available: Sequence[str]) -> DataNotFoundError:
    """Say that a config has no such split."""
    return DataNotFoundError(
        f"{address}: expected split '{address.split}', found {_some(available)}"
        f"{nearest(address.split, available)}; correct splits under hub: in the task's file"
    )


def damaged(address: Address, what: str) -> DataFormatError:
    """Say that a file came in part, or is none."""
    return DataFormatError(
        f"{address}: expected whole data files, got a damaged one or a part of one ({what}); fetch it again: "
        f"{_download(address)} --force-download"
    )


def is_unreachable(error: Exception) -> bool:
    """Whether the hub did not answer, or was not to be asked."""
    return bool(_names(error) & _NO_ANSWER)


def _unreachable(address: Address, error: Exception) -> DataNotFoundError:
    from huggingface_hub import is_offline_mode
    from huggingface_hub.constants import ENDPOINT

    unanswered = f"{ENDPOINT} cannot be reached: {first_line(error)[:_LONGEST]}"
    why = "HF_HUB_OFFLINE is set" if is_offline_mode() else unanswered
    return DataNotFoundError(
        f"{address}: expected it on the Hugging Face hub or in its cache, found it in neither ({why}). "
        f"On a machine that reaches the hub: {_download(address)}; then copy its "
        "cache (HF_HOME) here. Or read files: data=local data.root=FOLDER"
    )


def _download(address: Address) -> str:
    return f"hf download --repo-type dataset {address.repository} --revision {address.revision}"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Give an error and what it came from."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _names(error: Exception) -> set[str]:
    """Names of the classes of an error and of what it came from.

    By name, since the libraries below have moved their errors between packages more than once.
    """
    return {cls.__name__ for cause in _chain(error) for cls in type(cause).__mro__}


def _some(names: Sequence[str], most: int = 12) -> str:
    listed = ", ".join(names[:most]) or "none"
    return f"{listed}, ... ({len(names)} in all)" if len(names) > most else listed
