"""Instances of schemas from nodes of OmegaConf, and what its errors say."""

from dataclasses import fields, is_dataclass

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from xtl.errors import ConfigError, first_line, unknown_key


def to_objects(cfg: DictConfig) -> object:
    """Instances of the schemas that ``cfg`` was composed from.

    Raises:
        ConfigError: for the first key that its schema does not have, or for all missing values.
    """
    _refuse_unknown_keys(cfg, "")
    try:
        return OmegaConf.to_object(cfg)
    except OmegaConfBaseException as error:
        _refuse_missing_values(cfg)
        raise _as_config_error(error) from error


def _refuse_missing_values(cfg: DictConfig) -> None:
    """Name all missing values, of which an error of OmegaConf names one."""
    try:
        missing = OmegaConf.missing_keys(cfg)
    except OmegaConfBaseException as error:
        raise _as_config_error(error) from error
    for name in ("target", "task"):
        if f"{name}.task_type" in missing:
            raise ConfigError(f"{name}: expected a task, such as {name}=udpos, got none")
    if missing:
        raise ConfigError(
            f"no value for {', '.join(sorted(missing))}; give each as KEY=VALUE, or choose a "
            "group that sets it"
        )


def _as_config_error(error: OmegaConfBaseException) -> ConfigError:
    # Other lines are keys and types that say the same again.
    return ConfigError(f"{error.full_key or 'config'}: {first_line(error)}")


def _refuse_unknown_keys(cfg: DictConfig, prefix: str) -> None:
    """Look for what ``+key=value`` put beside the fields of a schema."""
    schema = OmegaConf.get_type(cfg)
    keys = [entry.name for entry in fields(schema)] if is_dataclass(schema) else None
    for key in map(str, cfg):
        if keys is not None and key not in keys:
            raise ConfigError(unknown_key(f"{prefix}{key}", keys))
        node = cfg._get_node(key)  # the node itself: looking at its value would resolve references
        if isinstance(node, DictConfig) and not OmegaConf.is_missing(cfg, key) and not node._is_none():
            _refuse_unknown_keys(node, f"{prefix}{key}.")
