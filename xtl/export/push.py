"""An exported folder on the Hugging Face hub."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import HfApi
from huggingface_hub.errors import (
    HfHubHTTPError,
    HFValidationError,
    LocalTokenNotFoundError,
    OfflineModeIsEnabled,
)
from huggingface_hub.utils._validators import validate_repo_id

from xtl.errors import ConfigError, first_line

logger = logging.getLogger(__name__)

_HttpError: type[Exception] = HfHubHTTPError.__bases__[0]
"""Error of the library that the hub's client asks with, which differs by its version: no connection, say."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PushTarget:
    """Repository of the hub to send a folder to.

    Attributes:
        name: Owner and name, such as ``user/udpos-xlmr``.
        private: Whether a new repository is private.
        update: Whether a repository that exists may be changed.
    """

    name: str
    private: bool = False
    update: bool = False


def check_push(target: PushTarget) -> None:
    """Refuse, before anything is exported, what the hub would refuse at the end.

    Raises:
        ConfigError: if the name is none, the repository exists and is not to be updated, or nobody is logged
            in.
    """
    try:
        validate_repo_id(target.name)
    except HFValidationError as error:
        raise ConfigError(f"--push {target.name}: expected OWNER/NAME, got: {first_line(error)}") from None
    if target.name.count("/") != 1:
        raise ConfigError(
            f"--push {target.name}: expected OWNER/NAME, with the name of a user or organisation"
        )
    api = HfApi()
    with _explained(target):
        api.whoami()
        exists = api.repo_exists(target.name)
    if exists and not target.update:
        raise ConfigError(
            f"--push {target.name}: expected a repository that is not there yet, found one; choose another "
            "name, or say --update to add a commit to it"
        )


def push(folder: Path, target: PushTarget) -> str:
    """Send a folder, as one commit.

    Args:
        folder: Exported folder.
        target: Repository.

    Returns:
        Address of the commit.

    Raises:
        ConfigError: if the hub refuses.
    """
    api = HfApi()
    with _explained(target):
        api.create_repo(target.name, private=target.private, exist_ok=target.update)
        commit = api.upload_folder(repo_id=target.name, folder_path=folder, commit_message="xtl-export")
    logger.info("pushed to %s", target.name)
    return str(commit.commit_url)


@contextmanager
def _explained(target: PushTarget) -> Iterator[None]:
    """Turn what the hub's client raises into one line, which never holds the token."""
    try:
        yield
    except (OSError, _HttpError) as error:
        raise ConfigError(f"--push {target.name}: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    """What went wrong and what to do."""
    if isinstance(error, LocalTokenNotFoundError):
        return "expected a token of the hub, found none; log in with: hf auth login (or set HF_TOKEN)"
    if isinstance(error, OfflineModeIsEnabled):
        return "expected to reach the hub, but HF_HUB_OFFLINE is set; unset it"
    if isinstance(error, HfHubHTTPError):
        status = error.response.status_code
        if status in (401, 403):
            return (
                f"expected a token that may write there, the hub refused it ({status}); log in again with: "
                "hf auth login, with a token that has write access"
            )
        if status == 409:
            return (
                "expected a repository that is not there yet, found one; say --update to add a commit to it"
            )
        return f"the hub answered {status}: {first_line(error)}"
    return f"expected to reach the hub, got: {first_line(error)}"
