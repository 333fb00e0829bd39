"""Composing configs as the commands do, without a process, and the same choice of files only once.

Reading and merging the files of a choice takes most of a composition. Tests change values rather than files,
so the merged files of a choice are kept, and Hydra sets the values on a copy: what it does itself in the end.
Choices of several groups are joined from those of each group alone, as long as no two change the same part.
All processes of a run of tests share what they keep (:func:`share`).
"""

import pickle
import re
from collections.abc import Mapping
from functools import cache, partial
from hashlib import sha256
from pathlib import Path

import omegaconf._utils
import omegaconf.base
import omegaconf.grammar_parser
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.config_repository import ConfigRepository
from hydra.core.global_hydra import GlobalHydra
from hydra.core.object_type import ObjectType
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from hydra.plugins.config_source import ConfigResult
from omegaconf import Container, DictConfig, Node

from xtl import config
from xtl.atomic import atomic_write
from xtl.cli.data import source
from xtl.config import members
from xtl.config.compose import config_error
from xtl.config.groups import GROUP_FOLDERS
from xtl.errors import ConfigError

CONF = config.conf_dir()
ONE_FILE = re.compile(r"(target|intermediate|task|backbone|recipe|data|trainer|tracking|tuning)=\w+")
"""Choices that may be joined."""

# A third of a composition goes into parsing the same few references again; a parsed one is only read.
for module in (omegaconf._utils, omegaconf.base):
    module.parse = cache(omegaconf.grammar_parser.parse)

# Another third goes into making nodes of what was read from the same files, those of Hydra itself among them.
load_file = ConfigRepository.load_config
LOADED: dict[tuple[str, str], bytes] = {}


def load_kept_file(repository: ConfigRepository, config_path: str) -> ConfigResult | None:
    """What Hydra loads for a path: files of ``conf/`` and of Hydra once, those of tests each time."""
    found = repository._find_object_source(config_path, ObjectType.CONFIG)
    if found is None or (found.path != str(CONF) and found.scheme() != "pkg"):
        return load_file(repository, config_path)
    key = (found.full_path(), config_path)
    if key not in LOADED:
        LOADED[key] = pickle.dumps(load_file(repository, config_path))
    loaded: ConfigResult = pickle.loads(LOADED[key])  # noqa: S301  made here
    return loaded


ConfigRepository.load_config = load_kept_file

SHARED: list[Path] = []
"""Folder of what other processes have composed, once there is one."""


def share(folder: Path) -> None:
    """Keep compositions where the other processes of the same run of tests find them."""
    folder.mkdir(exist_ok=True)
    SHARED[:] = [folder]


def compose(name: str, *overrides: str) -> DictConfig:
    """The config that ``xtl.config.compose`` gives for the same arguments.

    Raises:
        ConfigError: if a group, key or value is not known.
    """
    choices = tuple(override for override in overrides if chooses_files(override))
    composed = chosen_files(name, choices)
    values = [override for override in overrides if override not in choices]
    try:
        ConfigLoaderImpl._apply_overrides_to_config(
            OverridesParser.create().parse_overrides(values), composed
        )
    except HydraException as error:
        raise config_error(error) from error
    return composed


def chooses_files(override: str) -> bool:
    """Whether an override chooses a file of a group, or a folder of files, instead of setting a value."""
    key = override.partition("=")[0].lstrip("+~").partition("@")[0]
    return key.startswith("hydra") or key in GROUP_FOLDERS or (CONF / key).is_dir()


def chosen_files(name: str, choices: tuple[str, ...]) -> DictConfig:
    """The config of a choice of files, before any value is set; each call gives a copy."""
    # A deep copy takes four times as long.
    composed: DictConfig = pickle.loads(_pickled(name, choices))  # noqa: S301  made here
    return composed


@cache
def _pickled(name: str, choices: tuple[str, ...]) -> bytes:
    joined = _joined(name, choices) if len(choices) > 1 else None
    if joined is not None:
        return pickle.dumps(joined)
    for folder in SHARED:
        file = folder / sha256("\n".join((name, *choices)).encode()).hexdigest()
        if file.is_file():
            config.register()  # as a composition does
            return file.read_bytes()
        with atomic_write(file) as temporary:
            temporary.write_bytes(pickle.dumps(config.compose(name, *choices)))
        return file.read_bytes()
    return pickle.dumps(config.compose(name, *choices))


def _joined(name: str, choices: tuple[str, ...]) -> DictConfig | None:
    """The config of several choices from those of each alone; ``None`` if it may be another one."""
    if not all(ONE_FILE.fullmatch(choice) for choice in choices):
        return None
    composed, changed = chosen_files(name, ()), {}
    for choice in choices:
        try:
            contents = _changes(name, choice)
        except ConfigError:  # which Hydra tells with all choices
            return None
        if any(changed.setdefault(key, content) != content for key, content in contents.items()):
            return None  # two that do not agree on a part
        alone = chosen_files(name, (choice,))
        for key in contents:
            composed.__dict__["_content"][key] = alone._get_node(key)
    composed._re_parent()
    return composed


@cache
def _changes(name: str, choice: str) -> Mapping[str, object]:
    """What the parts of a config become that a choice changes or, like that of its group, states."""
    before, after = _contents(name), _contents(name, choice)
    group = choice.partition("=")[0]
    return {
        key: after.get(key) for key in {*before, *after} if key == group or before.get(key) != after.get(key)
    }


@cache
def _contents(name: str, *choices: str) -> Mapping[str, object]:
    composed = chosen_files(name, choices)
    return {str(key): _raw(composed._get_node(key)) for key in composed}


def _raw(node: object) -> object:
    """All of a node that a composition can change, references as they are written."""
    if not isinstance(node, Container) or not isinstance(content := node.__dict__["_content"], dict | list):
        assert isinstance(node, Node)
        return type(node), node._value()
    children = content.items() if isinstance(content, dict) else enumerate(content)
    return node._metadata.object_type, [(key, _raw(child)) for key, child in children]


def compose_member(name: str, *overrides: str) -> DictConfig:
    """What the package composes for itself; a command may have folders of its user, too."""
    is_command = GlobalHydra.instance().is_initialized()
    return config.compose(name, *overrides) if is_command else compose(name, *overrides)


members.compose = compose_member
source.compose = compose_member  # of xtl-data

compose_train = partial(compose, "train")
compose_evaluate = partial(compose, "evaluate")
