"""The ways to compute a phase: in 16 bits or in 32, its updates whole or a few examples at a time."""

from dataclasses import dataclass, replace

from xtl.schemas.cell import TrainConfig
from xtl.schemas.task import TaskConfig
from xtl.schemas.trainer import AUTO, FSDP2, FULL_PRECISION, HALF_PRECISIONS, TrainerConfig
from xtl.store.divergence import noted_divergence
from xtl.store.key import phase_keys
from xtl.store.records import Phase
from xtl.store.store import INFO, PhaseStore
from xtl.tasks.registry import parts_of, task_types
from xtl.training.checkpointing import FILE_NAME as CHECKPOINT


@dataclass(frozen=True, kw_only=True, slots=True)
class Variant:
    """One way to compute a phase, with a key of its own.

    Attributes:
        config: Config of the cell, with the precision and the micro-batch of this way.
        key: Key of the phase.
        diverged: What happened to the same phase in 16 bits, which is why this one is in 32; empty: nothing.
    """

    config: TrainConfig
    key: str
    diverged: str = ""

    @property
    def in_half(self) -> bool:
        """Whether it computes in 16 bits."""
        return self.config.trainer.precision in HALF_PRECISIONS


def variants(phase: Phase, parent: str, config: TrainConfig, store: PhaseStore) -> list[Variant]:
    """Ways to compute a phase, the first one to be tried first.

    There are several where ``trainer.micro_batch`` is ``auto``: all of a device's share at once, then half of
    it, and so on. Where it is known that the loss becomes no number in 16 bits, they are in 32. What the
    store has stands first, then what has a checkpoint there, behind which nothing larger is tried again.

    Args:
        phase: Phase with its rows.
        parent: Key of the phase before, or the hash of the pretrained weights.
        config: Config of the cell, its precision resolved.
        store: Store of finished phases.
    """
    choices = _of_precision(phase, parent, config)
    notes = {way.key: noted_divergence(store.root, way.key) for way in choices if way.in_half}
    diverged = next(filter(None, notes.values()), "")
    stored = [way for way in choices if not notes.get(way.key) and _is_stored(way, store)]
    if diverged:
        trainer = replace(config.trainer, precision=FULL_PRECISION)
        in_full = _of_precision(phase, parent, replace(config, trainer=trainer))
        choices = [replace(way, diverged=diverged) for way in in_full]
        stored += [way for way in choices if _is_stored(way, store)]
    begun = (index for index, way in enumerate(choices) if (store.unfinished(way.key) / CHECKPOINT).is_file())
    to_try = choices[next(begun, 0) :]
    return [*stored, *(way for way in to_try if not _is_stored(way, store))]


def tries_sizes(trainer: TrainerConfig) -> bool:
    """Whether it is tried how many examples at once fit the memory.

    Under fsdp2 nothing is: a trial computes with all weights on each device, which is what sharing them out
    avoids.

    Args:
        trainer: Settings, the strategy resolved.
    """
    return trainer.micro_batch == AUTO and trainer.strategy != FSDP2


def compares_examples(task: TaskConfig) -> bool:
    """Whether the loss of a task, or of a member of it, compares the examples of an update."""
    return any(task_types()[part.task_type].compares_examples for part in parts_of(task).values())


def _is_stored(variant: Variant, store: PhaseStore) -> bool:
    """Whether the store seems to have a phase; to read all of its weights takes long."""
    return (store.root / variant.key / INFO).is_file()


def _of_precision(phase: Phase, parent: str, config: TrainConfig) -> list[Variant]:
    sizes = _sizes(phase.task.config, config)
    configs = [replace(config, trainer=replace(config.trainer, micro_batch=size)) for size in sizes]
    keys = phase_keys(phase, parent, configs)
    return [Variant(config=of_size, key=key) for of_size, key in zip(configs, keys, strict=True)]


def _sizes(task: TaskConfig, config: TrainConfig) -> list[int | None]:
    """Micro-batches to try, the largest first; ``None``: all of a device's share."""
    if config.trainer.micro_batch != AUTO:
        return [config.trainer.micro_batch]
    sizes: list[int | None] = [None]
    if compares_examples(task) or not tries_sizes(config.trainer):
        return sizes
    size = -(-max(part.recipe.batch_size for part in parts_of(task).values()) // config.trainer.processes)
    while size > 1:
        size = -(-size // 2)
        sizes.append(size)
    return sizes
