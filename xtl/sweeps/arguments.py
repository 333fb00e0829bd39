"""The command line of a sweep made complete: a folder that it finds again, short names of cells."""

import hashlib
from collections.abc import Sequence

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException

_FOLDER, _EXCLUDED = "hydra.sweep.dir", "hydra.job.config.override_dirname.exclude_keys"


_LAUNCHER, _OF_LAUNCHER = "hydra/launcher", ("hydra/launcher=", "hydra.launcher.")

_THAT_PLAN = ("local", "submitit_local", "submitit_slurm")
"""Launchers that a dry run starts no process with."""


_DRY_RUN, _SEEDS_MORE, _SEED = "sweep.dry_run", "sweep.seeds_more", "seed"


_LONGEST_NAME = 60

_BEFORE_VALUES = (
    "--config-dir",
    "-cd",
    "--config-path",
    "-cp",
    "--config-name",
    "-cn",
    "--package",
    "-p",
    "--cfg",
    "-c",
    "--experimental-rerun",
)
"""Flags of Hydra whose value is the next argument, which may hold ``=`` and is no override."""


def is_sweep(arguments: Sequence[str]) -> bool:
    """Whether these arguments ask for several cells."""
    return any(
        argument in ("-m", "--multirun")
        or argument.startswith("sweep=")
        or argument.lstrip("+").lower() == "hydra.mode=multirun"
        for argument in arguments
    )


def expand_sweep_arguments(arguments: Sequence[str]) -> list[str]:
    """Add what a sweep needs and was not given.

    That is a folder named after its overrides, so that the same command goes on in it; names of cells from
    what differs between them alone; and for a dry run the launcher that stays in this process.

    Args:
        arguments: Command line of ``xtl-train``, without the program.

    Returns:
        The arguments, with settings of Hydra among them.

    Example:
        >>> expand_sweep_arguments(["-m", "target=udpos,panx", "backbone=tiny"])[1]
        'hydra.sweep.dir=outputs/sweeps/udpos+panx-47eb9edb'
        >>> dry = ["-m", "hydra/launcher=joblib", "+hydra.launcher.n_jobs=2", "sweep.dry_run=true"]
        >>> "+hydra.launcher.n_jobs=2" in expand_sweep_arguments(dry)
        False
    """
    if not is_sweep(arguments):
        return list(arguments)
    try:
        overrides = _parsed(arguments)
    except HydraException:
        return list(arguments)  # Hydra itself will say what is wrong
    # Of a setting that is given twice the last value counts, as in Hydra.
    overrides = [*{(override.key_or_group, override.package): override for override in overrides}.values()]
    keys = {override.key_or_group for override in overrides}
    extra = []
    if _FOLDER not in keys:
        extra.append(f"{_FOLDER}=outputs/sweeps/{_name(overrides)}")
    if _EXCLUDED not in keys:
        constant = sorted(
            override.key_or_group
            for override in overrides
            if not override.is_sweep_override()
            and not override.key_or_group.startswith("hydra")
            # One seed becomes several, each with a folder of its own.
            and not (override.key_or_group == _SEED and _SEEDS_MORE in keys)
        )
        extra.append(f"{_EXCLUDED}=[{','.join(constant)}]")
    values = {
        override.key_or_group: override.value()
        for override in overrides
        if override.key_or_group in (_DRY_RUN, _LAUNCHER)
    }
    # xtl's own stay in this process too: whether a cell is done, and slots, depend on where it would run.
    if values.get(_DRY_RUN) is True and values.get(_LAUNCHER) not in _THAT_PLAN:
        arguments = [argument for argument in arguments if not argument.lstrip("+~").startswith(_OF_LAUNCHER)]
        extra.append(f"{_LAUNCHER}=basic")
    return with_overrides(arguments, extra)


def with_overrides(arguments: Sequence[str], overrides: Sequence[str]) -> list[str]:
    """Put overrides before the first one of a command line; behind all, where it has none.

    Args:
        arguments: Command line without the program.
        overrides: Overrides to add.
    """
    # Hydra's parser takes one row of overrides: a flag between two of them makes an error of the second.
    index = next(iter(_positions(arguments)), len(arguments))
    return [*arguments[:index], *overrides, *arguments[index:]]


def overrides_first(arguments: Sequence[str]) -> list[str]:
    """Put overrides before flags, since Hydra's parser takes one row of them.

    Args:
        arguments: Command line without the program.

    Example:
        >>> overrides_first(["target=udpos", "--config-dir", "my", "-m", "seed=1,2"])
        ['target=udpos', 'seed=1,2', '--config-dir', 'my', '-m']
    """
    overrides: list[str] = []
    flags: list[str] = []
    for before, argument in zip(["", *arguments], arguments, strict=False):
        # The value of --info may be left out.
        is_info = before in ("--info", "-i") and not argument.startswith("~") and "=" not in argument
        is_flag = argument.startswith("-") or _takes_value(before) or is_info
        (flags if is_flag else overrides).append(argument)
    return [*overrides, *flags]


def _takes_value(argument: str) -> bool:
    """Whether an argument is a flag, perhaps shortened, whose value is the next argument."""
    is_long = argument.startswith("--") and len(argument) > len("--")
    return argument in _BEFORE_VALUES or (
        is_long and any(flag.startswith(argument) for flag in _BEFORE_VALUES)
    )


def _positions(arguments: Sequence[str]) -> list[int]:
    """Places of the overrides among the arguments."""
    return [
        index
        for index, (before, argument) in enumerate(zip(["", *arguments], arguments, strict=False))
        if "=" in argument and not argument.startswith("-") and not _takes_value(before)
    ]


def _parsed(arguments: Sequence[str]) -> list[Override]:
    texts = [arguments[index] for index in _positions(arguments)]
    return list(OverridesParser.create().parse_overrides(texts))


def _name(overrides: Sequence[Override]) -> str:
    """Readable name of a sweep with a hash of all that makes it another one."""
    decides = sorted(
        str(override.input_line)
        for override in overrides
        if not override.key_or_group.startswith(("hydra", "sweep.", "tracking"))
    )
    digest = hashlib.sha256("\n".join(decides).encode()).hexdigest()[:8]
    values = [
        str(override.input_line).partition("=")[2].replace(",", "+")
        for override in overrides
        if override.key_or_group in ("target", "sweep")
    ]
    readable = "".join(char if char.isalnum() or char in "+_-" else "_" for char in "-".join(values))
    return f"{readable[:_LONGEST_NAME] or 'sweep'}-{digest}"
