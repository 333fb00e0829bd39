"""The command line of a sweep made complete: a folder that it finds again, short names of cells."""

import hashlib
from collections.abc import Sequence

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException

_FOLDER, _EXCLUDED = "hydra.sweep.dir", "hydra.job.config.override_dirname.exclude_keys"


_DRY_RUN = "sweep.dry_run"


_LONGEST_NAME = 60


def is_sweep(arguments: Sequence[str]) -> bool:
    """Whether these arguments ask for several cells."""
    return any(one in ("-m", "--multirun") or one.startswith("sweep=") for one in arguments)


def expand_sweep_arguments(arguments: Sequence[str]) -> list[str]:
    """Add what a sweep needs and was not given.

    That is a folder named after its overrides, so that the same command goes on in it; names of cells from
    what differs between them alone; and for a dry run the launcher that stays in this process.

    Args:
        arguments: Of ``xtl-train``, without the program.

    Returns:
        The arguments, with settings of Hydra among them.

    Example:
        >>> completed(["-m", "target=udpos,panx", "backbone=tiny"])[1]
        'hydra.sweep.dir=outputs/sweeps/udpos+panx-47eb9edb'
    """
    if not is_sweep(arguments):
        return list(arguments)
    try:
        given = _parsed(arguments)
    except HydraException:
        return list(arguments)  # Hydra itself will say what is wrong
    keys = {override.key_or_group for override in given}
    extra = []
    if _FOLDER not in keys:
        extra.append(f"{_FOLDER}=outputs/sweeps/{_name(given)}")
    if _EXCLUDED not in keys:
        constant = sorted(
            override.key_or_group
            for override in given
            if not override.is_sweep_override() and not override.key_or_group.startswith("hydra")
        )
        extra.append(f"{_EXCLUDED}=[{','.join(constant)}]")
    if any(override.key_or_group == _DRY_RUN and override.value() is True for override in given):
        extra.append("hydra/launcher=basic")
    # Beside the first override: the flags of Hydra may not part overrides.
    place = next((at for at, one in enumerate(arguments) if _is_override(one)), len(arguments))
    return [*arguments[:place], *extra, *arguments[place:]]


def _is_override(argument: str) -> bool:
    return "=" in argument and not argument.startswith("-")


def _parsed(arguments: Sequence[str]) -> list[Override]:
    return list(OverridesParser.create().parse_overrides(list(filter(_is_override, arguments))))


def _name(given: Sequence[Override]) -> str:
    decides = sorted(
        str(override.input_line)
        for override in given
        if not override.key_or_group.startswith("hydra") and override.key_or_group != _DRY_RUN
    )
    digest = hashlib.sha256("\n".join(decides).encode()).hexdigest()[:8]
    named = [
        str(override.input_line).partition("=")[2].replace(",", "+")
        for override in given
        if override.key_or_group in ("target", "sweep")
    ]
    readable = "".join(char if char.isalnum() or char in "+_-" else "_" for char in "-".join(named))
    return f"{readable[:_LONGEST_NAME] or 'sweep'}-{digest}"
