"""Config groups that share a folder: a file in ``task`` serves ``target=`` and ``intermediate=`` too."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import cast

from hydra._internal.core_plugins.file_config_source import FileConfigSource as HydraFileConfigSource
from hydra._internal.sources_registry import SourcesRegistry
from hydra.core.object_type import ObjectType
from hydra.errors import ConfigCompositionException
from hydra.plugins.config_source import ConfigLoadError, ConfigResult, ConfigSource
from omegaconf import DictConfig, OmegaConf

import xtl
from xtl.config.upgrade import RENAMED_TASK_TYPES, upgrade
from xtl.config.yaml_text import load_yaml
from xtl.errors import ConfigError

TASK_GROUPS = ("target", "intermediate")
"""Groups whose files stand in ``task``."""


GROUP_FOLDERS: Mapping[str, str] = {**dict.fromkeys(TASK_GROUPS, "task"), "family": "task_type"}
"""Config group to the folder that serves it; ``family`` is what ``task_type`` was called first."""


# A task composes where its phase is; of these packages ``intermediate`` knows all settings of a task.
_PACKAGES = dict.fromkeys(("task", *GROUP_FOLDERS, "task_type"), "intermediate")

_OF_USER = ("command-line", "hydra.searchpath")
"""Beginnings of what Hydra says of where a folder comes from that a user has added."""


def conf_dir() -> Path:
    """Folder of the YAML files: in the installed package, or beside it in a checkout."""
    package = Path(xtl.__file__).parent
    inside = package / "conf"
    return inside if inside.is_dir() else package.parent / "conf"


class FileConfigSource(HydraFileConfigSource):
    """Folder of config files, as Hydra reads it, in which several groups may share a folder of files.

    It holds for every folder on the search path, those that a user adds as well. A file in the folder of the
    group itself comes first. Files of older versions are read in the words of today.
    """

    def is_group(self, config_path: str) -> bool:
        """Whether there is a folder for a group."""
        return any(map(super().is_group, _candidates(config_path)))

    def is_config(self, config_path: str) -> bool:
        """Whether there is a file for a choice of a group."""
        return any(map(super().is_config, _candidates(config_path)))

    def load_config(self, config_path: str) -> ConfigResult:
        """Config of a choice of a group.

        Raises:
            ConfigLoadError: if there is no file for it.
            ConfigCompositionException: if the file holds no settings.
        """
        path = next(filter(super().is_config, _candidates(config_path)), None)
        if path is None:
            raise ConfigLoadError(f"{config_path}: expected a config below {self.path}, found none")
        file = Path(self.path) / self._normalize_file_name(path)
        try:
            config = load_yaml(file)
        except ConfigError as error:  # Hydra prints its own errors without a traceback
            raise ConfigCompositionException(str(error)) from error
        with file.open(encoding="utf-8-sig") as opened:
            header = self._get_header_dict(opened.read(512))
        source = f"{self.scheme()}://{self.path}"
        result = ConfigResult(provider=self.provider, path=source, config=config, header=header)
        return _upgraded(result, config_path)

    def list(self, config_path: str, results_filter: ObjectType | None) -> list[str]:
        """Choices of a group and groups below it, sorted."""
        list_folder = super().list
        names = {
            name
            for path in filter(super().is_group, _candidates(config_path))
            for name in list_folder(path, results_filter)
        }
        if not config_path and results_filter != ObjectType.CONFIG:
            names |= set(filter(self.is_group, TASK_GROUPS))
        return sorted(names)


def register_groups() -> None:
    """Make Hydra read folders as :class:`FileConfigSource` does.

    Hydra has no public way to replace the source of a scheme, and a source with a scheme of its own would not
    read the folders of ``--config-dir`` and ``hydra.searchpath``. The registry travels to the processes of a
    launcher, where Hydra registers its own source again, and leaves one of the same class name as it is.
    """
    SourcesRegistry.instance().types[FileConfigSource.scheme()] = FileConfigSource


def refuse_shipped_names(sources: Iterable[ConfigSource]) -> None:
    """Refuse a user's config file with the name of one of xtl, which would be read in its place.

    Args:
        sources: Folders of configs, as Hydra searches them; those that a user has added are looked at.

    Raises:
        ConfigError: if there is such a file.
    """
    shipped = FileConfigSource("main", str(conf_dir()))
    for source in (source for source in sources if source.provider.startswith(_OF_USER)):
        if Path(source.path).resolve() != conf_dir().resolve():  # that may be given under any name
            paths = [f"{source.path}/{path}.yaml" for path in _choices(source) if shipped.is_config(path)]
            reason = "xtl has a file of that name, which would be read instead; give it another name"
            if paths:
                raise ConfigError("\n".join(f"{path}: {reason}" for path in paths))


def _choices(source: ConfigSource) -> list[str]:
    """Paths of the configs of a folder in the groups that xtl has, without their endings."""
    if source.scheme() == FileConfigSource.scheme():  # each file where it stands alone
        source = HydraFileConfigSource(source.provider, source.path)
    folders = [path for path in conf_dir().rglob("*") if path.is_dir()]
    groups = ["", *GROUP_FOLDERS, *(folder.relative_to(conf_dir()).as_posix() for folder in folders)]
    return [
        f"{group}/{name}".removeprefix("/")
        for group in sorted(groups)
        if source.is_group(group)
        for name in source.list(group, ObjectType.CONFIG)
    ]


def _candidates(config_path: str) -> list[str]:
    """Paths below a folder of configs at which a config or a group may stand, the first choice first."""
    group, slash, choice = config_path.partition("/")
    if group not in GROUP_FOLDERS:
        return [config_path]
    if group == "family":
        stem = choice.removesuffix(".yaml")
        choice = RENAMED_TASK_TYPES.get(stem, stem)
    return [config_path, f"{GROUP_FOLDERS[group]}{slash}{choice}"]


def _upgraded(result: ConfigResult, config_path: str) -> ConfigResult:
    if isinstance(result.config, DictConfig):
        values = cast(dict[str, object], OmegaConf.to_container(result.config))
        group = config_path.rpartition("/")[0].replace("/", ".")
        package = "" if result.header["package"] == "_global_" else _PACKAGES.get(group, group)
        upgraded = upgrade(values, package)
        if upgraded != values:
            result.config = OmegaConf.create(upgraded)
    return result
