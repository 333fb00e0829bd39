"""Configs from ``conf/`` by Hydra: the schemas registered, a command's config composed."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from hydra import compose as hydra_compose
from hydra import initialize_config_dir
from hydra._internal.hydra import Hydra
from hydra._internal.sources_registry import SourcesRegistry
from hydra._internal.utils import create_config_search_path
from hydra.core.config_search_path import SearchPathQuery
from hydra.core.config_store import ConfigNode, ConfigStore
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.plugins import Plugins
from hydra.core.singleton import Singleton
from hydra.errors import HydraException
from hydra.version import VersionBase, setbase
from omegaconf import DictConfig, OmegaConf

from xtl.config.arguments.choices import register_overrides
from xtl.config.groups import GROUP_FOLDERS, conf_dir, register_groups
from xtl.config.upgrade import RENAMED_TASK_TYPES
from xtl.errors import ConfigError, first_line
from xtl.schemas.cell import EvaluateConfig, TrainConfig
from xtl.tasks.registry import task_types

_PHASE = "intermediate"
"""The phase for which a recipe has settings of its own."""


def register() -> None:
    """Make known to Hydra: the schemas, as group ``schema``, groups that share a folder, ``xtl.choices``."""
    register_groups()
    register_overrides()
    OmegaConf.register_new_resolver("xtl.choices", _choices, replace=True)
    OmegaConf.register_new_resolver("xtl.recipe", _recipe_setting, replace=True)
    schemas: dict[str, type] = {name: task_type.schema for name, task_type in task_types().items()}
    # Task files of older versions name their schema as it was called then.
    schemas |= {first_name: schemas[name] for first_name, name in RENAMED_TASK_TYPES.items()}
    store = ConfigStore.instance()
    # Hydra copies its sources, and the store with them, before each look at a group: a third of the time of a
    # composition, and most of that of --help. What is loaded from the store is a copy in any case.
    ConfigStore.__deepcopy__ = _itself  # type: ignore[attr-defined]
    _store_schema(store, "schema", "train", TrainConfig)
    _store_schema(store, "schema", "evaluate", EvaluateConfig)
    for name, schema in schemas.items():
        _store_schema(store, "schema/task", name, schema)


def _itself(store: ConfigStore, memo: Mapping[int, object]) -> ConfigStore:  # noqa: ARG001  copy's protocol
    return store


def _store_schema(store: ConfigStore, group: str, name: str, schema: type) -> None:
    entries = store.repo
    for part in group.split("/"):
        entries = entries.setdefault(part, {})
    entries[f"{name}.yaml"] = _schema_node(group, name, schema)


@cache  # making one takes longer than looking it up, and every composition needs them
def _schema_node(group: str, name: str, schema: type) -> ConfigNode:
    package = "_global_" if group == "schema" else None
    return ConfigNode(
        name=f"{name}.yaml", node=OmegaConf.structured(schema), group=group, package=package, provider=None
    )


def compose(name: str, *overrides: str) -> DictConfig:
    """Compose ``conf/<name>.yaml`` as the commands do, without a process of its own.

    Args:
        name: ``train`` or ``evaluate``.
        overrides: Overrides as on the command line, such as ``target=panx``.

    Raises:
        ConfigError: if a group, key or value is not known.
    """
    register()
    try:
        if GlobalHydra.instance().is_initialized():  # inside a command, whose user may have added folders
            return hydra_compose(name, overrides=list(overrides))
        with initialize_config_dir(str(conf_dir()), version_base="1.3"):
            return hydra_compose(name, overrides=list(overrides))
    except HydraException as error:
        raise config_error(error) from error


def config_error(error: HydraException) -> ConfigError:
    """An error of Hydra with its reason, which Hydra tells as the cause of it alone."""
    reason = f": {first_line(error.__cause__)}" if error.__cause__ is not None else ""
    return ConfigError(f"{error}{reason}")


@contextmanager
def separate_hydra(folder: Path | None = None) -> Iterator[None]:
    """Compose in the block as if nobody else used Hydra; what the caller told it is back afterwards.

    Not safe across threads: Hydra keeps one state for the whole process, which the block replaces.

    Args:
        folder: Folder of more config files, as ``--config-dir`` of the commands.

    Raises:
        ConfigError: if it is no folder.
    """
    if folder is not None and not folder.is_dir():
        raise ConfigError(f"{folder}: expected a folder of config files, found none")
    Plugins.instance()  # first, since it adds to the registry of sources when it is made
    store, sources = ConfigStore.instance(), SourcesRegistry.instance()
    repo, types = store.repo, sources.types
    copies_store = "__deepcopy__" not in vars(ConfigStore)
    singletons = {
        kind: Singleton._instances.pop(kind, None) for kind in (GlobalHydra, HydraConfig, VersionBase)
    }
    store.repo, sources.types = _copied(repo), dict(types)
    try:
        register()
        _initialize(folder)
        yield
    finally:
        for kind, singleton in singletons.items():
            Singleton._instances.pop(kind, None)
            if singleton is not None:
                Singleton._instances[kind] = singleton
        store.repo, sources.types = repo, types
        if copies_store:
            del ConfigStore.__deepcopy__  # type: ignore[attr-defined]


def _initialize(folder: Path | None) -> None:
    """Make Hydra look into ``conf/``, and into a folder before it."""
    search_path = create_config_search_path(str(conf_dir()))
    if folder is not None:
        search_path.prepend(
            provider="command-line",
            path=f"file://{folder.absolute()}",
            anchor=SearchPathQuery(provider="schema"),
        )
    setbase("1.3")
    Hydra.create_main_hydra2(task_name="xtl", config_search_path=search_path)


def _copied(entries: dict[str, Any]) -> dict[str, Any]:
    """Entries of a store in dictionaries of their own."""
    return {key: _copied(entry) if isinstance(entry, dict) else entry for key, entry in entries.items()}


def _choices(*groups: str) -> str:
    """Choices of each group of ``conf/``, one group a line."""
    folders = {group: conf_dir() / GROUP_FOLDERS.get(group, group) for group in groups}
    names = {group: sorted(path.stem for path in folders[group].glob("*.yaml")) for group in groups}
    for group in ("target", "task"):
        names[group] = scored(names.get(group, []))
    return "\n".join(f"  {group + '=':<14}{' | '.join(names[group])}" for group in groups)


def scored(names: Iterable[str]) -> list[str]:
    """Names of files of ``conf/task`` that can be scored: neither ``none`` nor a task made of other tasks."""
    # The file of a task that only its settings make has the name of its type.
    unscored = {"none", *(name for name, kind in task_types().items() if not kind.scores)}
    return [name for name in names if name not in unscored]


def _recipe_setting(field: str, task: str, *, _parent_: DictConfig, _root_: DictConfig) -> Any:  # noqa: ANN401
    """Value of a field of a task's recipe, for OmegaConf's resolver ``xtl.recipe``.

    Looked up, in this order, in ``recipe.intermediate.tasks.<task>`` and ``recipe.intermediate.default``, if
    the task is that of the intermediate phase or one of its members, in ``recipe.tasks.<task>`` and in
    ``recipe.default``.

    Args:
        field: Name of a field of :class:`xtl.schemas.recipe.RecipeConfig`.
        task: Name of the task.
        _parent_: Settings that the value is one of; from OmegaConf.
        _root_: Config of the cell; from OmegaConf.

    Raises:
        ConfigError: if the config has no recipe.
    """
    recipe = OmegaConf.select(_root_, "recipe")
    if recipe is None:
        raise ConfigError(f"recipe: expected recipe=NAME, got none to take {field} of {task} from")
    keys = [f"tasks.{task}", "default"]
    if _is_intermediate(_parent_, _root_):
        keys = [f"{_PHASE}.tasks.{task}", f"{_PHASE}.default", *keys]
    for key in keys:
        settings = OmegaConf.select(recipe, key)
        # What is no mapping is refused with its name when the recipe is checked.
        if isinstance(settings, DictConfig) and field in settings:
            return settings[field]
    return None


def _is_intermediate(settings: DictConfig, cell: DictConfig) -> bool:
    """Whether ``settings`` are the recipe of the intermediate task or of one of its members."""
    phase = OmegaConf.select(cell, _PHASE)
    if phase is None:
        return False
    members = OmegaConf.select(phase, "members") or {}
    return any(settings is task.recipe for task in (phase, *members.values()))
