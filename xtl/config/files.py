"""Resolved config files: written into run folders, and read again by this version and later ones."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, cast

from omegaconf import Container, DictConfig, OmegaConf
from omegaconf.errors import ConfigKeyError, OmegaConfBaseException

from xtl.config.resolve import finalize
from xtl.config.upgrade import upgrade
from xtl.config.yaml_text import read_yaml, to_yaml
from xtl.errors import ConfigError, first_line, nearest
from xtl.schemas.backbone import BackboneConfig
from xtl.schemas.cell import TrainConfig
from xtl.schemas.data import DataConfig
from xtl.schemas.ranges import one_of
from xtl.schemas.recipe import RecipeConfig, RecipeTable, TuningConfig
from xtl.schemas.tracking import MlflowConfig, TrackingConfig, TrackioConfig, WandbConfig
from xtl.schemas.trainer import TrainerConfig
from xtl.tasks.registry import task_types


def dump(config: TrainConfig) -> str:
    """``config`` as YAML that :func:`load` reads.

    The text is that of ``OmegaConf.to_yaml(OmegaConf.structured(config))``, which checks each value against
    its schema once more and takes as long as training a tiny cell does.

    Args:
        config: Config of a cell, plain objects as :func:`resolve` makes them.
    """
    return to_yaml(_plain(config))


def _plain(value: object) -> Any:  # noqa: ANN401  whatever a field holds
    """Fields of schemas as mappings, and tuples as the lists that YAML has."""
    if is_dataclass(value):
        return {entry.name: _plain(getattr(value, entry.name)) for entry in fields(value)}
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return value


def load(path: Path, *, data_needed: bool = True) -> TrainConfig:
    """Read a cell's resolved config file, as a run folder holds it.

    Args:
        path: Path of the file.
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
        cfg = cast(DictConfig, OmegaConf.merge(_schema_of(values, path), values))
    except ConfigError:
        raise
    except ConfigKeyError as error:
        raise ConfigError(f"{path}: {first_line(error)}{nearest(str(error.key), _all_keys())}") from error
    except (OmegaConfBaseException, ValueError) as error:
        raise ConfigError(f"{path}: {first_line(error)}") from error
    return finalize(cfg, data_needed=data_needed)


def _read_upgraded(path: Path) -> Container:
    """Config file of this version or of an older one, in the words of this one."""
    values = read_yaml(path)
    return cast(Container, OmegaConf.create(upgrade(values) if isinstance(values, dict) else values))


def _schema_of(values: Container, path: Path) -> DictConfig:
    """Schema of a cell whose tasks are of the types that ``values`` names, members of tasks too."""
    cell = cast(DictConfig, OmegaConf.structured(TrainConfig))
    for phase in ("intermediate", "target"):
        task_type = OmegaConf.select(values, f"{phase}.task_type")
        if task_type is not None or phase == "target":
            cell[phase] = _task_schema(task_type, f"{path}: {phase}.task_type")
            for name, member in (OmegaConf.select(values, f"{phase}.members") or {}).items():
                where = f"{path}: {phase}.members.{name}.task_type"
                cell[phase].members[name] = _task_schema(member.task_type, where)
    return cell


def _task_schema(task_type: object, where: str) -> DictConfig:
    """Schema of the tasks of a type, without values; ``where`` is what an error calls the setting."""
    one_of(str(task_type), tuple(task_types()), where)
    return cast(DictConfig, OmegaConf.structured(task_types()[str(task_type)].schema))


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
        TrackingConfig,
        WandbConfig,
        TrackioConfig,
        MlflowConfig,
        TuningConfig,
    )
    return [entry.name for schema in schemas for entry in fields(schema)]
