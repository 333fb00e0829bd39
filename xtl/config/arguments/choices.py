"""Choices of a group beside settings of it: where several are swept, and where there is none."""

from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any

from hydra._internal import config_loader_impl
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.config_repository import IConfigRepository
from hydra._internal.defaults_list import DefaultsList, create_defaults_list
from hydra.core.override_parser.types import ChoiceSweep, Override, QuotedString, ValueType
from hydra.errors import ConfigCompositionException, MissingConfigException
from omegaconf import DictConfig, OmegaConf

from xtl.config.groups import conf_dir, refuse_shipped_names
from xtl.errors import ConfigError, nearest, unknown_key

_apply = ConfigLoaderImpl._apply_overrides_to_config

_BASELINE = " (in a sweep, intermediate.fraction=0 is the cell without it, not intermediate=none)"


def register_overrides() -> None:
    """Make Hydra take settings of a group whose choices are swept, and say in words where there is no choice.

    Before the cells of ``intermediate=stsb,xnli intermediate.lang=de`` Hydra composes one config without what
    is swept, in which nothing has a language.
    """
    ConfigLoaderImpl._apply_overrides_to_config = staticmethod(_applied)  # type: ignore[method-assign]
    config_loader_impl.create_defaults_list = _defaults_list  # type: ignore[attr-defined]


def _defaults_list(
    repo: IConfigRepository,
    config_name: str | None,
    overrides_list: list[Override],
    prepend_hydra: bool,  # noqa: FBT001  Hydra's signature
    skip_missing: bool,  # noqa: FBT001
) -> DefaultsList:
    """Hydra's list of defaults, with one of the choices of each group that is swept.

    Raises:
        ConfigCompositionException: if there is no file for one of the choices, swept ones too, if what is to
            be chosen is null, or if a file of the user's has the name of one of xtl.
    """
    sources = repo.get_sources()
    # This is Hydra's function for programs with configs of their own too, which are none of xtl's business.
    if any(source.provider == "main" and source.path == str(conf_dir()) for source in sources):
        try:
            refuse_shipped_names(sources)
        except ConfigError as error:  # Hydra prints its own errors without a traceback
            raise ConfigCompositionException(str(error)) from None
    for override in overrides_list:
        group = override.key_or_group
        if override.value() is None and not override.is_delete() and repo.group_exists(group):
            choices = repo.get_group_options(group)
            way_out = f"{group}=none leaves it out" if "none" in choices else f"one of {', '.join(choices)}"
            raise ConfigCompositionException(
                f"{override.input_line}: expected a choice of {group}, got null; {way_out}"
            )
    chosen = [
        _with_one_choice(override, repo) if repo.group_exists(override.key_or_group) else override
        for override in overrides_list
    ]
    try:
        return create_defaults_list(repo, config_name, chosen, prepend_hydra, skip_missing)
    except MissingConfigException as error:
        said, _, listed = str(error).partition("\n")
        file, options = str(error.missing_cfg_file), list(error.options or ())
        meant = nearest(file.rpartition("/")[2], options)
        raise MissingConfigException(f"{said}{meant}\n{listed}", file, options) from None


def _with_one_choice(override: Override, repo: IConfigRepository) -> Override:
    """The override with one of its choices: one without a file, for Hydra to refuse, or the first one."""
    sweep = override.value()
    if not isinstance(sweep, ChoiceSweep):
        return override
    group = override.key_or_group
    names = [choice.text if isinstance(choice, QuotedString) else choice for choice in sweep.list]
    unknown = (name for name in names if isinstance(name, str) and not repo.config_exists(f"{group}/{name}"))
    return replace(override, value_type=ValueType.ELEMENT, _value=next(unknown, sweep.list[0]))


def _applied(overrides: Sequence[Override], cfg: DictConfig) -> None:
    for override in overrides:
        try:
            _apply([override], cfg)
        except ConfigCompositionException:
            message = _unknown_key(cfg, override.key_or_group)
            if not message:
                raise
            raise ConfigCompositionException(message) from None
        except AssertionError as error:
            group = _without_choice(cfg, override.key_or_group)
            if not group:
                raise
            raise ConfigCompositionException(
                f"{override.input_line}: expected a choice of {group} before a setting of it, found none; "
                f"add {_choice(group)}{_BASELINE if group == 'intermediate' else ''}"
            ) from error


def _unknown_key(cfg: DictConfig, key: str) -> str:
    """What to say of a dotted key that its schema does not have; empty if it has, or if there is none."""
    if key.startswith("hydra."):  # Hydra's own, which is no part of a cell
        return ""
    node: Any = cfg
    prefix = ""
    for part in key.split("."):
        schema = OmegaConf.get_type(node) if isinstance(node, DictConfig) else None
        if schema is None or not is_dataclass(schema):
            return ""
        keys = [entry.name for entry in fields(schema)]
        if part not in keys:
            return unknown_key(f"{prefix}{part}", keys)
        node = node._get_node(part)
        prefix += f"{part}."
    return ""


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
