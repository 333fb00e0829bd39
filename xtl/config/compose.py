"""From ``conf/`` to plain objects: compose, check, load, dump."""

from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import cast

from hydra import compose as hydra_compose
from hydra import initialize_config_dir
from hydra.core.config_store import ConfigStore
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException
from omegaconf import Container, DictConfig, OmegaConf
from omegaconf.errors import ConfigKeyError, OmegaConfBaseException
from yaml import YAMLError

import xtl
from xtl.config.checks import (
    check_data,
    check_recipe,
    check_recipe_table,
    check_task,
    check_trainer,
    check_tuning,
    listed_languages,
)
from xtl.config.groups import GROUP_FOLDERS, register_groups
from xtl.config.mixtures import with_parts
from xtl.config.upgrade import RENAMED_TASK_TYPES, upgrade
from xtl.errors import ConfigError, nearest
from xtl.schemas.backbone import BACKBONE_SOURCES, BackboneConfig
from xtl.schemas.cell import EvaluateConfig, TrainConfig
from xtl.schemas.data import DataConfig
from xtl.schemas.ranges import one_of
from xtl.schemas.recipe import RecipeConfig, RecipeTable, TuningConfig
from xtl.schemas.task import TaskConfig
from xtl.schemas.trainer import TrainerConfig
from xtl.tasks.registry import task_types
from xtl.tasks.retrieval.config import check_embedding


def conf_dir() -> Path:
    """Folder of the YAML files: in the installed package, or beside it in a checkout."""
    package = Path(xtl.__file__).parent
    inside = package / "conf"
    return inside if inside.is_dir() else package.parent / "conf"


def register() -> None:
    """Make known to Hydra: the schemas, as group ``schema``, groups that share a folder, ``xtl.choices``."""
    register_groups()
    OmegaConf.register_new_resolver("xtl.choices", _choices, replace=True)
    _store_schemas(ConfigStore.instance())


@cache  # making them takes longer than looking them up, and every composition needs them
def _store_schemas(store: ConfigStore) -> None:
    store.store(group="schema", name="train", node=TrainConfig, package="_global_")
    store.store(group="schema", name="evaluate", node=EvaluateConfig, package="_global_")
    for name, task_type in task_types().items():
        store.store(group="schema/task", name=name, node=task_type.schema)
    for first_name, name in RENAMED_TASK_TYPES.items():  # for task files of older versions
        store.store(group="schema/task", name=first_name, node=task_types()[name].schema)


def compose(name: str, *overrides: str) -> DictConfig:
    """Compose ``conf/<name>.yaml`` as the commands do, without a process of its own.

    Args:
        name: ``train`` or ``evaluate``.
        overrides: As on the command line, such as ``target=panx``.

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
        raise ConfigError(str(error)) from error


def checked(cfg: DictConfig, *, data_needed: bool = True) -> TrainConfig:
    """Turn a composed config into plain objects whose values make sense together.

    Args:
        cfg: A whole cell.
        data_needed: Whether its data must be where it says.

    Raises:
        ConfigError: all missing values, or the first value that is out of range, with what was expected.
    """
    train = cast(TrainConfig, _objects(with_parts(cfg, _task_config)))
    check_recipe_table(train.recipe)
    for task, where in ((train.intermediate, "intermediate"), (train.target, "target")):
        if task is not None:
            _check_phase(task, where)
    if train.data.source == "auto":
        train.data.source = "hub" if train.data.root is None else "local"
    if data_needed:
        check_data(train.data)
    check_trainer(train.trainer)
    check_embedding(train.backbone.embedding, "backbone.embedding")
    one_of(train.backbone.source, BACKBONE_SOURCES, "backbone.source")
    if train.backbone.source == "hub" and not train.backbone.path:
        raise ConfigError(
            "backbone.path: expected a repository or a folder with backbone.source=hub, got null"
        )
    return train


def _check_phase(task: TaskConfig, where: str) -> None:
    """Check a task, and first those that it is made of."""
    _list_languages(task, where)
    members = task_types()[task.task_type].members(task)
    if members:
        for name, part in members.items():
            _check_phase(part, f"{where}.settings.{name}")
        task.name = "+".join(members)
        task.lang = list(dict.fromkeys(lang for part in members.values() for lang in part.lang))
        task.languages = " ".join(
            dict.fromkeys(lang for part in members.values() for lang in [*part.languages.split(), *part.lang])
        )
    check_task(task, where)
    check_recipe(task.recipe, f"{where}.recipe")
    check_tuning(task.tuning, f"{where}.tuning")


def checked_evaluation(cfg: DictConfig) -> EvaluateConfig:
    """As :func:`checked`, for ``xtl-evaluate``, where a task's recipe and tuning play no part."""
    if OmegaConf.select(cfg, "task") is not None:
        unused = RecipeConfig(
            lr=1.0,
            head_lr=None,
            epochs=0,
            batch_size=1,
            warmup=0.0,
            weight_decay=0.0,
            clip=0.0,
            dropout=0.0,
            selection="last",
            patience=0,
            validation_rows=None,
        )
        cfg = cast(DictConfig, OmegaConf.merge(cfg, {"task": {"recipe": unused, "tuning": TuningConfig()}}))
    evaluation = cast(EvaluateConfig, _objects(cfg))
    one_of(evaluation.phase, ("target", "intermediate"), "phase")
    if evaluation.submission is not None and (evaluation.task or evaluation.langs):
        raise ConfigError(
            "submission: expected neither task nor langs beside it, since it writes what runs have "
            "predicted; score first, then give that run folder as run="
        )
    if evaluation.task is not None:
        _list_languages(evaluation.task, "task")
        check_task(evaluation.task, "task")
    check_trainer(evaluation.trainer)
    if evaluation.data.source == "auto":
        evaluation.data.source = "local"  # without a root: where the run found its data
    return evaluation


def load(path: Path, *, data_needed: bool = True) -> TrainConfig:
    """Read a cell's resolved config file, as a run folder holds it.

    Args:
        path: The file.
        data_needed: Whether the data that the cell was trained on must still be there.

    Raises:
        ConfigError: if it is not there, or holds keys or values that the schemas do not allow.
    """
    if not path.is_file():
        raise ConfigError(
            f"{path}: expected a resolved config file, found none; xtl-train writes it into its run folder"
        )
    try:
        values = _read_upgraded(path)
        cell = OmegaConf.structured(TrainConfig)
        for phase in ("intermediate", "target"):
            task_type = OmegaConf.select(values, f"{phase}.task_type")
            if task_type is not None or phase == "target":
                cell[phase] = _task_schema(task_type, f"{path}: {phase}.task_type")
                for name, part in (OmegaConf.select(values, f"{phase}.members") or {}).items():
                    where = f"{path}: {phase}.members.{name}.task_type"
                    cell[phase].members[name] = _task_schema(part.task_type, where)
        cfg = OmegaConf.merge(cell, values)
    except ConfigKeyError as error:
        raise ConfigError(f"{path}: {_first_line(error)}{nearest(str(error.key), _all_keys())}") from error
    except (OmegaConfBaseException, YAMLError, ValueError) as error:
        raise ConfigError(f"{path}: {_first_line(error)}") from error
    return checked(cast(DictConfig, cfg), data_needed=data_needed)


def _read_upgraded(path: Path) -> Container:
    """Config file of this version or of an older one, in the words of this one."""
    values = cast(Container, OmegaConf.load(path))
    if not isinstance(values, DictConfig):
        return values
    return OmegaConf.create(upgrade(cast(dict[str, object], OmegaConf.to_container(values))))


def _task_schema(task_type: object, where: str) -> DictConfig:
    """Schema of the tasks of a type, without values; ``where`` is what an error calls the setting."""
    one_of(str(task_type), tuple(task_types()), where)
    return cast(DictConfig, OmegaConf.structured(task_types()[str(task_type)].schema))


def dump(config: TrainConfig) -> str:
    """Write ``config`` as YAML that :func:`load` reads."""
    return OmegaConf.to_yaml(OmegaConf.structured(config))


def _task_config(name: str) -> DictConfig:
    """Compose the config of one task of a mixture."""
    return cast(DictConfig, compose("train", f"target={name}").target)


def _list_languages(task: TaskConfig, where: str) -> None:
    """Accept ``de`` and ``en+de`` for ``[de]`` and ``[en, de]``, and words for many languages."""
    given = task.lang
    task.lang = [str(lang) for lang in (given.split("+") if isinstance(given, str) else given or [])]
    task.langs = listed_languages(task.langs, task, f"{where}.langs")


def _choices(*groups: str) -> str:
    """List the choices of each group of ``conf/``, one group a line."""
    folders = {group: conf_dir() / GROUP_FOLDERS.get(group, group) for group in groups}
    names = {group: sorted(path.stem for path in folders[group].glob("*.yaml")) for group in groups}
    for group in ("target", "task"):
        names[group] = [name for name in names.get(group, []) if name != "none"]
    return "\n".join(f"  {group + '=':<14}{' | '.join(names[group])}" for group in groups)


def _objects(cfg: DictConfig) -> object:
    _refuse_unknown_keys(cfg, "")
    try:
        missing = OmegaConf.missing_keys(cfg)
        if missing:
            raise ConfigError(
                f"no value for {', '.join(sorted(missing))}; give each as KEY=VALUE, or choose a "
                "group that sets it"
            )
        return OmegaConf.to_object(cfg)
    except OmegaConfBaseException as error:
        raise ConfigError(f"{error.full_key or 'config'}: {_first_line(error)}") from error


def _refuse_unknown_keys(cfg: DictConfig, prefix: str) -> None:
    """Look for what ``+key=value`` put beside the fields of a schema."""
    schema = OmegaConf.get_type(cfg)
    known = [entry.name for entry in fields(schema)] if is_dataclass(schema) else None
    for key in map(str, cfg):
        if known is not None and key not in known:
            raise ConfigError(
                f"{prefix}{key}: expected one of {', '.join(known)}, got a key that xtl does not "
                f"know{nearest(key, known)}"
            )
        node = cfg._get_node(key)  # the node itself: looking at its value would resolve references
        if isinstance(node, DictConfig) and not OmegaConf.is_missing(cfg, key) and not node._is_none():
            _refuse_unknown_keys(node, f"{prefix}{key}.")


def _all_keys() -> list[str]:
    """Names of all fields of all schemas."""
    schemas = (
        TrainConfig,
        RecipeTable,
        RecipeConfig,
        *(task_type.schema for task_type in task_types().values()),
        BackboneConfig,
        DataConfig,
        TrainerConfig,
        TuningConfig,
    )
    return [entry.name for schema in schemas for entry in fields(schema)]


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", maxsplit=1)[0]
