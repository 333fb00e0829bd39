"""What the phases of one cell share."""

from dataclasses import dataclass
from pathlib import Path

from xtl.caching.session import SessionCache
from xtl.schemas.cell import TrainConfig
from xtl.store.store import PhaseStore
from xtl.training.device import DeviceSettings


@dataclass(frozen=True, kw_only=True, slots=True)
class RunContext:
    """What the phases of one cell share.

    Attributes:
        config: Of the cell, its precision resolved.
        machine: Where to validate, and in how large batches.
        store: Of finished phases.
        run_folder: Takes the record of epochs.
        memory: What the cells of this process share.
    """

    config: TrainConfig
    machine: DeviceSettings
    store: PhaseStore
    run_folder: Path
    memory: SessionCache
