"""The errors that users see. Each message says where, what was expected, what came and what to do."""

import sys
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

__all__ = [
    "BackboneError",
    "CheckpointError",
    "ConfigError",
    "DataFormatError",
    "DataNotFoundError",
    "NonFiniteLossError",
    "OutOfMemoryError",
    "ProcessGroupError",
    "RunInUseError",
    "XtlError",
]


class XtlError(Exception):
    """Base of all errors that xtl raises on purpose. The command line prints its text without a traceback."""


class ConfigError(XtlError):
    """A setting that is unknown, missing or makes no sense."""


class DataFormatError(XtlError):
    """A file that does not hold what its format promises."""


class DataNotFoundError(XtlError):
    """A root, task, language or split that is not there."""


class BackboneError(XtlError):
    """A pretrained encoder that is absent, damaged or of the wrong shape."""


class CheckpointError(XtlError):
    """A saved encoder or head that does not fit what is asked of it."""


class NonFiniteLossError(XtlError):
    """The training loss became NaN or infinite."""


class OutOfMemoryError(XtlError):
    """An update or an evaluation that does not fit the memory of the device."""


class ProcessGroupError(XtlError):
    """A process of a cell on several devices that failed, or that the others waited for in vain."""


class RunInUseError(XtlError):
    """A run folder that another process writes."""


def renamed_names(
    module: str, names: Mapping[str, str], *, after: str, frames: int = 2
) -> Callable[[str], object]:
    """Build the ``__getattr__`` of a module of which public names have been renamed (PEP 562).

    Args:
        module: Name of the module.
        names: Old name to the name of today.
        after: Last version with the old names.
        frames: Frames up to the line that asks for a name; 3 where a function of the module calls this one.

    Returns:
        Function of a name that warns and gives what stands under the new name; for a name that never was one
        it raises :class:`AttributeError`, as modules do.
    """

    def get(name: str) -> object:
        if name not in names:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        warnings.warn(
            f"{module}.{name} is called {module}.{names[name]} since the version after xtl {after}; use that "
            "name",
            DeprecationWarning,
            stacklevel=frames,
        )
        return getattr(sys.modules[module], names[name])

    return get


def explained(error: XtlError | OSError, folder: Path) -> str:
    """Text of an error that a user can mend.

    Args:
        error: Error of xtl, or of the file system; Hydra's about a choice without a file is an OSError too.
        folder: Folder that was written to, named where an error of the file system names no file.
    """
    # Hydra is not imported for it: all modules import this one.
    is_of_hydra = any(kind.__module__ == "hydra.errors" for kind in type(error).__mro__)
    if isinstance(error, XtlError) or is_of_hydra:
        return str(error)
    where = error.filename or folder
    return (
        f"{where}: {error.strerror or error}; what could not be written whole was not written at all. Free "
        "space or mend permissions, then run again"
    )


def unknown_key(path: str, keys: Sequence[str]) -> str:
    """What to say of a dotted key whose last part is none of the keys of its settings.

    Args:
        path: The dotted key.
        keys: Keys that would have been right.

    Example:
        >>> unknown_key("recipe.lrr", ["lr", "epochs"])
        "recipe.lrr: expected one of lr, epochs, got a key that xtl does not know (did you mean 'lr'?)"
    """
    meant = nearest(path.rpartition(".")[2], keys)
    return f"{path}: expected one of {', '.join(keys)}, got a key that xtl does not know{meant}"


def first_line(error: BaseException) -> str:
    r"""First line of what an error says; its class if it says nothing.

    Example:
        >>> first_line(OSError("no room\nat all")), first_line(MemoryError())
        ('no room', 'MemoryError')
    """
    return str(error).strip().split("\n", maxsplit=1)[0] or type(error).__name__


def unreadable(path: Path, error: OSError | MemoryError) -> CheckpointError:
    """Error about a file that cannot be read for a reason that may pass: it may be whole, and is left alone.

    Args:
        path: The file.
        error: Error that reading it raised.
    """
    reason = "not enough memory" if isinstance(error, MemoryError) else error.strerror or error
    return CheckpointError(
        f"{path}: expected a file that can be read, got: {reason}. It is left as it is; give the process the "
        "memory or permissions that it needs, or mend the disk, then run again. To do without it, remove it"
    )


def nearest(word: str, candidates: Iterable[str], *, count: int = 1) -> str:
    """Say which word an unknown one is probably meant to be.

    Args:
        word: Unknown word.
        candidates: Words that would have been right.
        count: Largest number of candidates to name.

    Returns:
        ``" (did you mean 'x'?)"``, or an empty string where nothing is near.

    Example:
        >>> nearest("NUON", ["NOUN", "VERB"])
        " (did you mean 'NOUN'?)"
        >>> nearest("qqq", ["NOUN", "VERB"])
        ''
    """
    # Case is no difference: difflib finds NOUN as far from noun as from VERB.
    by_folded = {name.casefold(): name for name in candidates}
    matches = get_close_matches(word.casefold(), by_folded, n=count)
    if not matches:
        return ""
    return f" (did you mean {' or '.join(repr(by_folded[match]) for match in matches)}?)"
