"""What the phases of one cell share."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from xtl.caching.session import SessionCache
from xtl.distributed.group import ALONE, ProcessGroup
from xtl.schemas.cell import TrainConfig
from xtl.store.store import PhaseStore
from xtl.tracking import Tracker
from xtl.training.device import DeviceSettings


@dataclass(frozen=True, kw_only=True, slots=True)
class RunContext:
    """Config, device, store and cache that the phases of one cell share.

    Attributes:
        config: Config of the cell, its precision resolved.
        device_settings: Device, precision and size of evaluation batches.
        choices: What ``auto`` has chosen for this machine, each with its reason.
        store: Finished phases.
        run_folder: Folder that gets the history of epochs.
        cache: Encoder, examples and features that the cells of this process share.
        group: Processes that run the cell together; the main one writes.
        tracker: Views of the run elsewhere.
    """

    config: TrainConfig
    device_settings: DeviceSettings
    store: PhaseStore
    run_folder: Path
    cache: SessionCache
    group: ProcessGroup = ALONE
    choices: Sequence[str] = ()
    tracker: Tracker = field(default_factory=Tracker)

    @property
    def starts_others(self) -> bool:
        """Whether this process only starts those that run the cell."""
        return self.group.is_alone and self.config.trainer.processes > 1
