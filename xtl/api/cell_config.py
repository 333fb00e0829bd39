"""Overrides of a Python program to the config of a cell, with Hydra left as it was."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path

from xtl import config
from xtl.config.arguments.paths import quote_paths, quoted
from xtl.config.unread import warn_of_unread_defaults
from xtl.errors import ConfigError
from xtl.schemas.cell import TrainConfig

_COMMAND_ONLY = {
    "-m": "one call runs one cell: call it once for each, in a loop, or use xtl-train -m in a shell",
    "--config-dir": "give the folder as config_dir=FOLDER",
    "--cfg": "xtl.config.dump shows a config; or use xtl-train --cfg job in a shell",
    "-q": "give quiet=True",
    "sweep": "it is a setting of several cells: call this once for each, or use xtl-train in a shell",
    "hydra.run.dir": "give the run folder as folder=FOLDER",
    "hydra.searchpath": "give the folder of your own config files as config_dir=FOLDER",
    "hydra": "it is a setting of the command: use xtl-train in a shell",
}
"""What only the command line can do, and what to do in Python; the first one that fits counts."""

_SETTINGS = frozenset(entry.name for entry in fields(TrainConfig))

_OTHER_NAMES = {"--multirun": "-m", "-cd": "--config-dir", "-c": "--cfg", "--quiet": "-q"}


def composed_cell(overrides: Sequence[str], *, config_dir: Path | str | None = None) -> TrainConfig:
    """Resolved and valid config of a cell.

    Args:
        overrides: Overrides as on the command line of ``xtl-train``, such as ``target=panx``.
        config_dir: Folder of your own config files, such as ``task/weather.yaml`` in it.

    Raises:
        ConfigError: if a group, key or value is not known, or only the command line can do it.
    """
    if isinstance(overrides, str):
        raise ConfigError(f"expected a list of settings, got the text {overrides!r}; give [{overrides!r}]")
    for override in overrides:
        _refuse_command_only(override)
        if any(key in _SETTINGS for key in re.findall(r"\s[+~]*(\w+)[\w.@/]*=", override)):
            raise ConfigError(
                f"expected one setting in each text, got {override!r}; give each as a text of its own"
            )
    folder = None if config_dir is None else Path(config_dir).expanduser()
    with config.separate_hydra(folder):
        try:
            composed = config.compose("train", *quote_paths(overrides))
        except ConfigError as error:
            if "--multirun" not in str(error):
                raise
            first_line = str(error).partition("\n")[0].replace(" requires --multirun", " of several values")
            raise ConfigError(f"{first_line}; {_COMMAND_ONLY['-m']}") from error
        cell = config.finalize(composed)
    warn_of_unread_defaults(cell, overrides)
    return cell


def data_config(
    task: str,
    settings: Mapping[str, object],
    overrides: Sequence[str],
    cell_settings: Mapping[str, object],
    *,
    config_dir: Path | str | None = None,
) -> TrainConfig:
    """Config of a cell whose only use is the data of one task.

    Args:
        task: Name of a task, or names joined by ``+`` of several that train together.
        settings: Settings of the task that differ from its file; those that are ``None`` do not.
        overrides: Overrides as on the command line, which come last.
        cell_settings: Settings of the cell, of which those that are ``None`` stay what they are.
        config_dir: Folder of your own config files.

    Raises:
        ConfigError: if the task, a language or a setting is not known, or cannot work.
    """
    names = task.split("+")
    phase = "target" if len(names) == 1 else "intermediate"
    choices = [f"target={names[0]}"]
    if len(names) > 1:
        choices += ["intermediate=mixture", f"intermediate.tasks={_in_hydras_words(names)}"]
    # The rules of a fit are the Trainer's: its callbacks select weights, on validation sets as they are.
    rules = [f"{phase}.recipe.{rule}" for rule in ("selection=last", "patience=0", "validation_rows=null")]
    if settings.get("lang") or len(names) > 1:
        # An epoch is one of the Trainer's; tasks such as retrieval are scored untrained by themselves.
        rules.append(f"{phase}.recipe.epochs=1")
    values = {f"{phase}.{key}": value for key, value in settings.items()} | dict(cell_settings)
    words = [f"{key}={_in_hydras_words(value)}" for key, value in values.items() if value is not None]
    return composed_cell([*choices, *rules, *words, *overrides], config_dir=config_dir)


def _in_hydras_words(value: object) -> str:
    """Value as Hydra's grammar reads it.

    Example:
        >>> _in_hydras_words(["de", "no"]), _in_hydras_words(0.5)
        ("['de','no']", '0.5')
    """
    if isinstance(value, str | Path):
        return quoted(str(value))
    if isinstance(value, Sequence):
        return f"[{','.join(map(_in_hydras_words, value))}]"
    return str(value)


def _refuse_command_only(override: str) -> None:
    """Refuse flags, settings of Hydra and several values, with what to do in their place.

    Raises:
        ConfigError: if an override is one of them.
    """
    if not isinstance(override, str):
        raise ConfigError(
            f"expected overrides as on the command line, such as 'target=panx', got {override!r}; write "
            "each as a string"
        )
    advice = _advice_for(_OTHER_NAMES.get(override.partition("=")[0], override).lstrip("+~"))
    if not advice and "=" not in override and not override.startswith("~"):
        advice = "write it as KEY=VALUE, such as target=panx"
    if advice:
        raise ConfigError(f"'{override}': expected a setting of one cell, got something else; {advice}")


def _advice_for(override: str) -> str:
    """What to do in the place of what only the command line can do; empty for a setting of a cell."""
    for beginning, advice in _COMMAND_ONLY.items():
        if override == beginning or override.startswith((f"{beginning}=", f"{beginning}.", f"{beginning}/")):
            return advice
    return "it is a flag of the command: use xtl-train in a shell" if override.startswith("-") else ""
