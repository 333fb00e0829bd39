"""The typed schemas of ``conf/``, and :func:`checked`, the one door from a composed config to plain objects.

Types and meaning stand here, values in YAML. ``${...}`` and missing values are resolved and refused before
any data are read. A table field (``dict``) has free keys; its content is checked where it says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, cast

from hydra import compose as hydra_compose
from hydra import initialize_config_dir
from hydra.core.config_store import ConfigStore
from hydra.errors import HydraException
from omegaconf import MISSING, DictConfig, OmegaConf
from omegaconf.errors import ConfigKeyError, OmegaConfBaseException
from yaml import YAMLError

import xtl
from xtl import pocket
from xtl.encoding.tagging import KEPT_PLACES
from xtl.errors import ConfigError, nearest
from xtl.languages import language
from xtl.types import SPLITS, TAGGING_SCORES

SELECTIONS = ("best_validation", "last")
PRECISIONS = ("auto", "bf16-mixed", "16-mixed", "32-true")
BACKBONE_SOURCES = ("hub", "e5_small", "tiny")
DATA_SOURCES = ("local", "pocket")


@dataclass
class RecipeConfig:
    """How a phase trains."""

    lr: float = MISSING
    """Highest learning rate."""
    head_lr: float | None = MISSING
    """Highest learning rate of the new head; null: that of the encoder."""
    epochs: int = MISSING
    """Passes over the training set."""
    batch_size: int = MISSING
    """Examples an update."""
    warmup: float = MISSING
    """Share of the updates over which the learning rate rises, in [0, 1]."""
    weight_decay: float = MISSING
    """Of the matrices of linear layers."""
    clip: float = MISSING
    """Norm that gradients are clipped to; 0: not at all."""
    dropout: float = MISSING
    """Before the head, in [0, 1)."""
    selection: str = MISSING
    """Which weights are kept: best_validation (training language, score named in the task) or last."""
    patience: int = MISSING
    """Validations without a better score after which training stops; 0: never stops early."""


@dataclass
class RecipeTable:
    """Settings for all tasks, and where a task differs."""

    name: str = MISSING
    default: RecipeConfig = field(default_factory=RecipeConfig)
    tasks: dict[str, Any] = field(default_factory=dict)
    """Task name to the fields of ``default`` that differ."""


@dataclass
class TaskConfig:
    """What every task says of itself."""

    name: str = MISSING
    """Also its folder under data.root."""
    family: str = MISSING
    """Kind of task: tagging."""
    languages: str = MISSING
    """Codes of all its languages, separated by spaces."""
    lang: list[str] = MISSING
    """What it trains on."""
    langs: list[str] | None = None
    """What is scored; null: every language that has a test file."""
    max_len: int = MISSING
    """Longest input in sub-words, special tokens included."""
    metrics: list[str] = MISSING
    """Scores of the test; the first one chooses weights on the validation set of ``lang``."""
    recipe: RecipeConfig = field(default_factory=RecipeConfig)
    reference: str = ""
    """Where the task comes from."""


@dataclass
class TaggingConfig(TaskConfig):
    """One tag a word."""

    labels: str = MISSING
    """Tags in the order of the output units, separated by spaces."""
    replace: dict[str, str] = field(default_factory=dict)
    """Tags that stand in files, and what is read instead."""
    fused_forms: bool = False
    """Read .conllu as XTREME converts it: a fused form instead of its words."""
    word_prefix: bool = False
    """Words of column files begin with a language and a colon."""


@dataclass
class BackboneConfig:
    """The pretrained encoder."""

    name: str = MISSING
    """What results call it."""
    source: str = MISSING
    """hub, e5_small or tiny."""
    path: str | None = None
    """Repository of the hub, or a folder."""
    revision: str | None = None
    """Commit or tag of the repository."""


@dataclass
class DataConfig:
    """Where data come from."""

    source: str = MISSING
    """local: files under root; pocket: the benchmark that comes with xtl."""
    root: str | None = None
    """local: folder that holds <task>/<language>/<split>.<format>."""
    sizes: dict[str, int] = field(default_factory=dict)
    """pocket: rows of each split."""
    seed: int = 0
    """pocket: another seed makes another benchmark."""


@dataclass
class TrainerConfig:
    """The machine side of a fit; none of it is meant to change a score beyond rounding."""

    accelerator: str = MISSING
    """auto, cpu, gpu or mps."""
    precision: str = MISSING
    """auto, bf16-mixed, 16-mixed or 32-true."""
    threads: int | None = None
    """CPU threads; null: torch decides."""
    eval_tokens: int | None = None
    """Most positions of an evaluation batch, padding included; null: what suits the device."""
    active_vocabulary: bool = MISSING
    """Train with only the rows of the embedding table that the data use."""


@dataclass
class TrainConfig:
    """One cell: what ``xtl-train`` runs."""

    target: TaskConfig = field(default_factory=TaskConfig)
    backbone: BackboneConfig = field(default_factory=BackboneConfig)
    data: DataConfig = field(default_factory=DataConfig)
    recipe: RecipeTable = field(default_factory=RecipeTable)
    trainer: TrainerConfig = field(default_factory=TrainerConfig)
    seed: int = MISSING
    """Of the head's weights, dropout and the order of batches."""


@dataclass
class EvaluateConfig:
    """What ``xtl-evaluate`` runs."""

    run: str = MISSING
    """Folder that xtl-train wrote."""
    task: TaskConfig | None = None
    """null: the task that the run was trained for."""
    langs: list[str] | None = None
    """null: every language that has a test file."""
    data: DataConfig = field(default_factory=DataConfig)
    trainer: TrainerConfig = field(default_factory=TrainerConfig)


FAMILIES: Mapping[str, type[TaskConfig]] = {"tagging": TaggingConfig}
"""Family to the schema of its tasks."""

_CHECKS = {"tagging": TAGGING_SCORES}


def conf_dir() -> Path:
    """Folder of the YAML files: in the installed package, or beside it in a checkout."""
    package = Path(xtl.__file__).parent
    inside = package / "conf"
    return inside if inside.is_dir() else package.parent / "conf"


def register() -> None:
    """Make the schemas known to Hydra, as group ``schema``, and the list of choices to its ``--help``."""
    OmegaConf.register_new_resolver("xtl.choices", _choices, replace=True)
    store = ConfigStore.instance()
    store.store(group="schema", name="train", node=TrainConfig, package="_global_")
    store.store(group="schema", name="evaluate", node=EvaluateConfig, package="_global_")
    for family, schema in FAMILIES.items():
        store.store(group="schema/task", name=family, node=schema)


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
        with initialize_config_dir(str(conf_dir()), version_base="1.3"):
            return hydra_compose(name, overrides=list(overrides))
    except HydraException as error:
        raise ConfigError(str(error)) from error


def checked(cfg: DictConfig) -> TrainConfig:
    """Turn a composed config into plain objects whose values make sense together.

    Raises:
        ConfigError: all missing values, or the first value that is out of range, with what was expected.
    """
    train = cast(TrainConfig, _objects(cfg))
    _check_recipe_table(train.recipe)
    check_task(train.target, "target")
    _check_recipe(train.target.recipe, "target.recipe")
    _check_data(train.data)
    _check_trainer(train.trainer)
    _one_of(train.backbone.source, BACKBONE_SOURCES, "backbone.source")
    if train.backbone.source == "hub" and not train.backbone.path:
        raise ConfigError(
            "backbone.path: expected a repository or a folder with backbone.source=hub, got null"
        )
    return train


def checked_evaluation(cfg: DictConfig) -> EvaluateConfig:
    """As :func:`checked`, for ``xtl-evaluate``, where a task's recipe plays no part."""
    if OmegaConf.select(cfg, "task") is not None:
        unused = RecipeConfig(
            lr=1.0,
            head_lr=None,
            epochs=1,
            batch_size=1,
            warmup=0.0,
            weight_decay=0.0,
            clip=0.0,
            dropout=0.0,
            selection="last",
            patience=0,
        )
        cfg = cast(DictConfig, OmegaConf.merge(cfg, {"task": {"recipe": unused}}))
    evaluation = cast(EvaluateConfig, _objects(cfg))
    if evaluation.task is not None:
        check_task(evaluation.task, "task")
    _check_trainer(evaluation.trainer)
    return evaluation


def load(path: Path) -> TrainConfig:
    """Read a cell's resolved config file, as a run folder holds it.

    Raises:
        ConfigError: if it is not there, or holds keys or values that the schemas do not allow.
    """
    if not path.is_file():
        raise ConfigError(
            f"{path}: expected a resolved config file, found none; xtl-train writes it into its run folder"
        )
    try:
        values = OmegaConf.load(path)
        cell = OmegaConf.structured(TrainConfig)
        family = OmegaConf.select(values, "target.family")
        _one_of(str(family), tuple(FAMILIES), f"{path}: target.family")
        cell.target = OmegaConf.structured(FAMILIES[family])
        cfg = OmegaConf.merge(cell, values)
    except ConfigKeyError as error:
        raise ConfigError(f"{path}: {_first_line(error)}{nearest(str(error.key), _all_keys())}") from error
    except (OmegaConfBaseException, YAMLError, ValueError) as error:
        raise ConfigError(f"{path}: {_first_line(error)}") from error
    return checked(cast(DictConfig, cfg))


def dump(config: TrainConfig) -> str:
    """Write ``config`` as YAML that :func:`load` reads."""
    return OmegaConf.to_yaml(OmegaConf.structured(config))


def _choices(*groups: str) -> str:
    """List the choices of each group of ``conf/``, one group a line."""
    names = {group: sorted(path.stem for path in (conf_dir() / group).glob("*.yaml")) for group in groups}
    return "\n".join(f"  {group + '=':<12}{' | '.join(choices)}" for group, choices in names.items())


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


def check_task(task: TaskConfig, where: str) -> None:
    """Refuse a task whose values cannot work.

    Raises:
        ConfigError: where, what was expected, what came.
    """
    _check_languages(task, where)
    if task.max_len <= KEPT_PLACES:
        raise ConfigError(
            f"{where}.max_len={task.max_len}: expected at least {KEPT_PLACES + 1}; XTREME uses "
            "128 for tagging"
        )
    scores = tuple(_CHECKS[task.family])
    if not task.metrics:
        raise ConfigError(f"{where}.metrics: expected at least one of {', '.join(scores)}, got none")
    for metric in task.metrics:
        _one_of(metric, scores, f"{where}.metrics")
    if isinstance(task, TaggingConfig):
        _check_labels(task, where)


def _check_languages(task: TaskConfig, where: str) -> None:
    known = task.languages.split()
    for lang in known:
        language(lang)
    if not task.lang:
        raise ConfigError(f"{where}.lang: expected at least one language to train on, got none")
    for key, langs in (("lang", task.lang), ("langs", task.langs or [])):
        for lang in langs:
            if lang not in known:
                raise ConfigError(
                    f"{where}.{key}: expected languages of task '{task.name}' ({task.languages}), got "
                    f"'{lang}'{nearest(lang, known)}"
                )


def _check_labels(task: TaggingConfig, where: str) -> None:
    labels = task.labels.split()
    if len(set(labels)) != len(labels) or len(labels) < 2:
        raise ConfigError(f"{where}.labels: expected at least two different tags, got '{task.labels}'")
    for source, kept in task.replace.items():
        _one_of(kept, labels, f"{where}.replace.{source}")


def _check_recipe_table(table: RecipeTable) -> None:
    names = [entry.name for entry in fields(RecipeConfig)]
    for task, settings in table.tasks.items():
        if not isinstance(settings, Mapping):
            raise ConfigError(f"recipe.tasks.{task}: expected settings such as 'lr: 1e-4', got {settings!r}")
        for key in settings:
            _one_of(str(key), names, f"recipe.tasks.{task}")


def _check_recipe(recipe: RecipeConfig, where: str) -> None:
    _at_least(recipe.epochs, 1, f"{where}.epochs")
    _at_least(recipe.batch_size, 1, f"{where}.batch_size")
    _at_least(recipe.patience, 0, f"{where}.patience")
    for key in ("weight_decay", "clip"):
        _at_least(getattr(recipe, key), 0, f"{where}.{key}")
    if not recipe.lr > 0:
        raise ConfigError(f"{where}.lr: expected a number above 0, got {recipe.lr}")
    if recipe.head_lr is not None and not recipe.head_lr > 0:
        raise ConfigError(f"{where}.head_lr: expected a number above 0 or null, got {recipe.head_lr}")
    if not 0 <= recipe.warmup <= 1:
        raise ConfigError(f"{where}.warmup: expected a share of the updates from 0 to 1, got {recipe.warmup}")
    if not 0 <= recipe.dropout < 1:
        raise ConfigError(f"{where}.dropout: expected a share from 0 to below 1, got {recipe.dropout}")
    _one_of(recipe.selection, SELECTIONS, f"{where}.selection")


def _check_data(data: DataConfig) -> None:
    _one_of(data.source, DATA_SOURCES, "data.source")
    if data.source == "pocket":
        for split in SPLITS:
            if not 1 <= data.sizes.get(split, 0) <= pocket.MAX_SIZE:
                raise ConfigError(
                    f"data.sizes.{split}: expected a number of rows from 1 to {pocket.MAX_SIZE:,}, got "
                    f"{data.sizes.get(split)}"
                )
        return
    if data.root is None:
        raise ConfigError(
            "data.root: expected the folder that holds <task>/<language>/<split>.<format>, got null; "
            "give it as data.root=FOLDER"
        )
    if not Path(data.root).expanduser().is_dir():
        raise ConfigError(f"data.root={data.root}: expected a folder, found none (from {Path.cwd()})")


def _check_trainer(trainer: TrainerConfig) -> None:
    _one_of(trainer.precision, PRECISIONS, "trainer.precision")
    _one_of(trainer.accelerator, ("auto", "cpu", "gpu", "mps"), "trainer.accelerator")
    for key, value in (("eval_tokens", trainer.eval_tokens), ("threads", trainer.threads)):
        if value is not None:
            _at_least(value, 1, f"trainer.{key}")


def _one_of(value: str, known: Sequence[str], where: str) -> None:
    if value not in known:
        raise ConfigError(
            f"{where}: expected one of {', '.join(known)}, got '{value}'{nearest(value, known)}"
        )


def _at_least(value: float, least: int, where: str) -> None:
    if not value >= least:
        raise ConfigError(f"{where}: expected at least {least}, got {value}")


def _all_keys() -> list[str]:
    """Names of all fields of all schemas."""
    schemas = (
        TrainConfig,
        RecipeTable,
        RecipeConfig,
        *FAMILIES.values(),
        BackboneConfig,
        DataConfig,
        TrainerConfig,
    )
    return [entry.name for schema in schemas for entry in fields(schema)]


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", maxsplit=1)[0]
