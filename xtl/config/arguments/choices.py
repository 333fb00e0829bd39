"""Overrides of settings whose group has no choice, told in words."""

from collections.abc import Sequence

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.override_parser.types import Override
from hydra.errors import ConfigCompositionException
from omegaconf import DictConfig, OmegaConf

_apply = ConfigLoaderImpl._apply_overrides_to_config


def register_overrides() -> None:
    """Make Hydra say that ``intermediate.lang=de`` needs an intermediate task, where it asserts so itself."""
    ConfigLoaderImpl._apply_overrides_to_config = staticmethod(_applied)  # type: ignore[method-assign]


def _applied(overrides: Sequence[Override], cfg: DictConfig) -> None:
    for override in overrides:
        try:
            _apply([override], cfg)
        except AssertionError as error:
            group = _without_choice(cfg, override.key_or_group)
            if not group:
                raise
            raise ConfigCompositionException(
                f"{override.input_line}: expected a choice of {group} before a setting of it, found none; "
                f"add {_choice(group)}"
            ) from error


def _without_choice(cfg: DictConfig, key: str) -> str:
    """First part of a dotted key that has no value; empty if all have one."""
    parts = key.split(".")
    for end in range(1, len(parts)):
        group = ".".join(parts[:end])
        if OmegaConf.select(cfg, group, throw_on_missing=False) is None:
            return group
    return ""


def _choice(group: str) -> str:
    """Override that chooses something for a group: a tracker by its name, a task by any."""
    parent, _, name = group.rpartition(".")
    return f"{parent}={name}" if parent else f"{group}=NAME"
