"""Composing configs as the commands do, without a process, and the same choice of files only once.

Reading and merging the files of a choice takes most of a composition. Tests change values rather than files,
so the merged files of a choice are kept, and Hydra sets the values on a copy: what it does itself in the end.
"""

from copy import deepcopy
from functools import cache, partial

import omegaconf._utils
import omegaconf.base
import omegaconf.grammar_parser
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf import DictConfig

from xtl import config
from xtl.config import members
from xtl.config.groups import GROUP_FOLDERS
from xtl.errors import ConfigError

CONF = config.conf_dir()

# A third of a composition goes into parsing the same few references again; a parsed one is only read.
for module in (omegaconf._utils, omegaconf.base):
    module.parse = cache(omegaconf.grammar_parser.parse)


def compose(name: str, *overrides: str) -> DictConfig:
    """The config that ``xtl.config.compose`` gives for the same arguments.

    Raises:
        ConfigError: if a group, key or value is not known.
    """
    choices = tuple(override for override in overrides if chooses_files(override))
    composed = deepcopy(chosen_files(name, choices))
    values = [override for override in overrides if override not in choices]
    try:
        ConfigLoaderImpl._apply_overrides_to_config(
            OverridesParser.create().parse_overrides(values), composed
        )
    except HydraException as error:
        raise ConfigError(str(error)) from error
    return composed


def chooses_files(override: str) -> bool:
    """Whether an override chooses a file of a group, or a folder of files, instead of setting a value."""
    key = override.partition("=")[0].lstrip("+~").partition("@")[0]
    return key.startswith("hydra") or key in GROUP_FOLDERS or (CONF / key).is_dir()


@cache
def chosen_files(name: str, choices: tuple[str, ...]) -> DictConfig:
    """The config of a choice of files, before any value is set."""
    return config.compose(name, *choices)


def compose_member(name: str, *overrides: str) -> DictConfig:
    """The config that a member of a mixture is taken from; a command may have folders of its user, too."""
    is_command = GlobalHydra.instance().is_initialized()
    return config.compose(name, *overrides) if is_command else compose(name, *overrides)


members.compose = compose_member

compose_train = partial(compose, "train")
compose_evaluate = partial(compose, "evaluate")
