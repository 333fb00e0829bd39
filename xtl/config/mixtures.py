"""The tasks of a mixture in full: names and what differs, to what their own files say."""

from collections.abc import Callable

from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException

from xtl.errors import ConfigError

_SHARED = ("lang", "fraction", "size", "lang_sampling", "tuning")
"""Settings of a mixture that hold for each of its tasks."""


def with_parts(cfg: DictConfig, task_of: Callable[[str], DictConfig]) -> DictConfig:
    """Fill in the tasks of an intermediate mixture; a config that has none, or has them, is left as it is.

    Args:
        cfg: Of a cell, composed; it is changed.
        task_of: Gives the config of a task by its name.

    Raises:
        ConfigError: if a task cannot be part of a mixture, or a setting is not known.
    """
    mixture = OmegaConf.select(cfg, "intermediate")
    if mixture is None or mixture.get("task_type") != "mixture" or mixture.members:
        return cfg
    with open_dict(cfg):
        for name in dict.fromkeys(map(str, mixture.tasks)):
            part = task_of(name)
            if part.task_type == "mixture":
                raise ConfigError(f"intermediate.tasks: expected tasks, got the mixture '{name}' among them")
            if part.task_type == "bitext_mining":
                raise ConfigError(
                    f"intermediate.tasks: expected tasks that train, got '{name}', which only mines"
                )
            mixture.members[name] = part
            for key in _SHARED:
                mixture.members[name][key] = mixture[key]
            settings = mixture.settings.get(name)
            if settings is not None:
                try:
                    mixture.members[name] = OmegaConf.merge(mixture.members[name], settings)
                except OmegaConfBaseException as error:
                    first_line = str(error).strip().split("\n", maxsplit=1)[0]
                    raise ConfigError(f"intermediate.settings.{name}: {first_line}") from error
    return cfg
