"""Checks of the settings that are not a task's: recipe, tuning, backbone, trainer.

All of them raise :class:`xtl.errors.ConfigError`, which says where, what was expected and what came.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, fields

from xtl.errors import ConfigError
from xtl.languages import language
from xtl.schemas.backbone import BACKBONE_SOURCES, BackboneConfig
from xtl.schemas.cell import RulesConfig
from xtl.schemas.ranges import at_least, check_embedding, one_of
from xtl.schemas.recipe import SELECTIONS, RecipeConfig, RecipeTable, TuningConfig
from xtl.schemas.task import TaskConfig
from xtl.schemas.tracking import WANDB_MODES, TrackingConfig
from xtl.schemas.trainer import AUTO, DDP, FSDP2, KERNELS, PRECISIONS, SINGLE, STRATEGIES, TrainerConfig
from xtl.tasks.registry import parts_of, task_types
from xtl.types import TUNINGS

_MOST_THREADS = 1024
"""More than machines have processors; far higher numbers would end the process when the threads are made."""


def check_rules(rules: RulesConfig) -> None:
    """Refuse margins that are not above 0, and levels that are no shares."""
    if rules == RulesConfig():
        return
    from xtl.statistics import Rules  # takes a while to load, and nearly all cells have the defaults

    try:
        Rules(**asdict(rules))
    except ValueError as error:
        raise ConfigError(f"sweep.rules: {error}") from error
    language(rules.english)


def check_recipe_table(table: RecipeTable) -> None:
    """Refuse settings of a task that are no settings of a recipe."""
    names = [entry.name for entry in fields(RecipeConfig)]
    changes = {f"recipe.tasks.{task}": settings for task, settings in table.tasks.items()}
    changes["recipe.intermediate.default"] = table.intermediate.default
    changes |= {
        f"recipe.intermediate.tasks.{task}": value for task, value in table.intermediate.tasks.items()
    }
    for where, settings in changes.items():
        if not isinstance(settings, Mapping):
            raise ConfigError(f"{where}: expected settings such as 'lr: 1e-4', got {settings!r}")
        for key in settings:
            one_of(str(key), names, where)
    for name, length in table.max_len.items():
        at_least(length, 4, f"recipe.max_len.{name}")


def check_recipe(recipe: RecipeConfig, where: str) -> None:
    """Refuse numbers that are out of range."""
    at_least(recipe.epochs, 0, f"{where}.epochs")
    at_least(recipe.batch_size, 1, f"{where}.batch_size")
    at_least(recipe.patience, 0, f"{where}.patience")
    if recipe.validation_rows is not None:
        at_least(recipe.validation_rows, 1, f"{where}.validation_rows")
    for key in ("weight_decay", "clip"):
        at_least(getattr(recipe, key), 0, f"{where}.{key}")
    if not 0 < recipe.lr < math.inf:
        raise ConfigError(f"{where}.lr: expected a number above 0, got {recipe.lr}")
    if recipe.head_lr is not None and not 0 < recipe.head_lr < math.inf:
        raise ConfigError(f"{where}.head_lr: expected a number above 0 or null, got {recipe.head_lr}")
    if recipe.weight_decay == math.inf:
        raise ConfigError(f"{where}.weight_decay: expected a number from 0, got {recipe.weight_decay}")
    if not (0 <= recipe.warmup <= 1 or (recipe.warmup > 1 and float(recipe.warmup).is_integer())):
        raise ConfigError(
            f"{where}.warmup: expected a share of the updates from 0 to 1, or a whole number of them, got "
            f"{recipe.warmup}"
        )
    if not 0 <= recipe.dropout < 1:
        raise ConfigError(f"{where}.dropout: expected a share from 0 to below 1, got {recipe.dropout}")
    one_of(recipe.selection, SELECTIONS, f"{where}.selection")


def check_tuning(tuning: TuningConfig, where: str) -> None:
    """Refuse a tuning that does not exist, or numbers that are out of range."""
    one_of(tuning.name, TUNINGS, f"{where}.name")
    at_least(tuning.layers, 0, f"{where}.layers")
    for key in ("rank", "units"):
        at_least(getattr(tuning, key), 1, f"{where}.{key}")
    if not tuning.alpha > 0:
        raise ConfigError(f"{where}.alpha: expected a number above 0, got {tuning.alpha}")
    if not 0 <= tuning.dropout < 1:
        raise ConfigError(f"{where}.dropout: expected a share from 0 to below 1, got {tuning.dropout}")
    if not tuning.targets:
        raise ConfigError(f"{where}.targets: expected at least one name of linear layers, got none")


def check_backbone(backbone: BackboneConfig) -> None:
    """Refuse a source that does not exist or has no address, and vectors that cannot be made."""
    check_embedding(backbone.embedding, "backbone.embedding")
    one_of(backbone.source, BACKBONE_SOURCES, "backbone.source")
    if backbone.source == "hub" and not backbone.path:
        raise ConfigError(
            "backbone.path: expected a repository or a folder with backbone.source=hub, got null"
        )
    for key in ("path", "revision"):
        value = getattr(backbone, key)
        if backbone.source != "hub" and value is not None:
            raise ConfigError(
                f"backbone.{key}: expected null with backbone.source={backbone.source}, whose weights come "
                f"with a package, got {value}; add backbone.source=hub to read a repository or a folder"
            )


def check_trainer(trainer: TrainerConfig) -> None:
    """Refuse settings of the machine that do not exist."""
    one_of(trainer.precision, PRECISIONS, "trainer.precision")
    one_of(trainer.strategy, STRATEGIES, "trainer.strategy")
    one_of(trainer.kernels, KERNELS, "trainer.kernels")
    at_least(trainer.checkpoint_seconds, 0, "trainer.checkpoint_seconds")
    at_least(trainer.node_seconds, 1, "trainer.node_seconds")
    one_of(trainer.accelerator, ("auto", "cpu", "gpu", "mps"), "trainer.accelerator")
    if trainer.devices != AUTO:
        if not isinstance(trainer.devices, int) or isinstance(trainer.devices, bool):
            raise ConfigError(f"trainer.devices: expected a number of devices or auto, got {trainer.devices}")
        at_least(trainer.devices, 1, "trainer.devices")
    if trainer.micro_batch not in (None, AUTO) and type(trainer.micro_batch) is not int:
        raise ConfigError(
            f"trainer.micro_batch: expected a number of examples, auto or null, got {trainer.micro_batch}"
        )
    for key in ("nodes", "eval_tokens", "threads", "micro_batch", "micro_batch_tokens"):
        value = getattr(trainer, key)
        if value not in (None, AUTO):
            at_least(value, 1, f"trainer.{key}")
    if trainer.micro_batch is not None and trainer.micro_batch_tokens is not None:
        raise ConfigError(
            "trainer.micro_batch_tokens: expected null beside trainer.micro_batch, which counts examples "
            f"where it counts positions, got {trainer.micro_batch_tokens} and {trainer.micro_batch}"
        )
    if trainer.threads is not None and trainer.threads > _MOST_THREADS:
        raise ConfigError(f"trainer.threads: expected at most {_MOST_THREADS:,}, got {trainer.threads:,}")


def check_strategy(trainer: TrainerConfig) -> None:
    """Refuse a strategy for another number of devices, or for another precision.

    Args:
        trainer: Settings of the machine, ``devices`` as a number.
    """
    where, processes = f"trainer.strategy={trainer.strategy}", trainer.processes
    if trainer.strategy == SINGLE and processes > 1:
        raise ConfigError(f"{where}: expected one device, got {processes}; use auto, ddp or fsdp2")
    if trainer.strategy in (DDP, FSDP2) and processes == 1:
        raise ConfigError(
            f"{where}: expected several devices, got one; use auto or single, or set trainer.devices"
        )
    if trainer.strategy == FSDP2 and trainer.precision == "16-mixed":
        raise ConfigError(
            f"{where}: expected trainer.precision=bf16-mixed, 32-true or tf32, got 16-mixed, whose loss "
            "scale Lightning does not share out; use one of them, or ddp with "
            "trainer.gradient_checkpointing=true"
        )


def check_shares(task: TaskConfig, where: str, trainer: TrainerConfig) -> None:
    """Refuse devices of which some would have nothing to do, and parts of batches that cannot be cut.

    Args:
        task: Task that is trained on, of a phase or a member of one, whatever the epochs of its own recipe.
        where: Where it stands in the config.
        trainer: Settings of the machine, ``devices`` as a number.
    """
    if not task_types()[task.task_type].trains:
        return
    if task.recipe.batch_size < trainer.processes:
        raise ConfigError(
            f"{where}.recipe.batch_size: expected at least one example an update for each of "
            f"{trainer.processes} devices, got {task.recipe.batch_size}; use fewer devices or larger batches"
        )
    if not task_types()[task.task_type].compares_examples:
        return
    if task.recipe.batch_size < 2:
        raise ConfigError(
            f"{where}.recipe.batch_size: expected 2 or more for task '{task.name}', whose loss compares the "
            f"examples of a batch with each other, got {task.recipe.batch_size}, which trains nothing"
        )
    share = -(-task.recipe.batch_size // trainer.processes)
    compares = f"with {where} '{task.name}', whose loss compares all examples of a batch with each other"
    if trainer.micro_batch not in (None, AUTO) and trainer.micro_batch < share:
        raise ConfigError(
            f"trainer.micro_batch: expected null, or {share} and more, {compares}, got {trainer.micro_batch}"
        )
    if trainer.micro_batch_tokens is not None:
        raise ConfigError(
            f"trainer.micro_batch_tokens: expected null {compares}, got {trainer.micro_batch_tokens}"
        )


def check_tracking(tracking: TrackingConfig) -> None:
    """Refuse modes that do not exist, and projects without a name."""
    if tracking.wandb is not None:
        one_of(tracking.wandb.mode, WANDB_MODES, "tracking.wandb.mode")
        _check_project(tracking.wandb.project, "tracking.wandb.project")
    if tracking.trackio is not None:
        _check_project(tracking.trackio.project, "tracking.trackio.project")
    if tracking.mlflow is not None and not tracking.mlflow.experiment.strip():
        raise ConfigError("tracking.mlflow.experiment: expected a name, got ''")


def _check_project(name: str, where: str) -> None:
    if not name.strip() or "/" in name:
        raise ConfigError(f"{where}: expected a name without a slash, got {name!r}")


def check_shots(target: TaskConfig, intermediate: TaskConfig | None) -> None:
    """Refuse rows of scored languages where none are scored, or beside none of the training language."""
    if intermediate is not None:
        for name, part in parts_of(intermediate).items():
            if part.shots:
                raise ConfigError(
                    f"intermediate.shots: expected 0, got {part.shots} of '{name}': only the target has "
                    "scored languages, of which target.shots adds rows; name others in intermediate.lang"
                )
    if target.shots and not target.trains:
        raise ConfigError(
            "target.shots: expected 0 where nothing is trained (target.size, target.fraction or "
            f"target.recipe.epochs is 0), got {target.shots}; to train on a few rows alone set target.lang "
            "and target.size"
        )
