"""Schema of the machine side of a fit."""

from dataclasses import dataclass
from typing import Any

from xtl.schemas.fields import MISSING, NOTHING, setting

PRECISIONS = ("auto", "bf16-mixed", "16-mixed", "32-true")


AUTO = "auto"


@dataclass
class TrainerConfig:
    """The machine side of a fit; none of it is meant to change a score beyond rounding."""

    accelerator: str = MISSING
    """Device: auto, cpu, gpu or mps."""
    devices: Any = setting(1, affects=NOTHING)
    """Devices of each node, one process each; auto: all GPUs, on a CPU one. An update has as many examples
    whatever their number. More than one has dropout masks of its own, so that keys and results name it."""
    nodes: int = setting(1, affects=NOTHING)
    """Nodes, one task of Slurm each; hydra/launcher=submitit_slurm asks for as many."""
    node_seconds: float = setting(300.0, affects=NOTHING)
    """Seconds within which all nodes must have begun; the error names those that have not."""
    micro_batch: int | None = setting(None, affects=NOTHING)
    """Most examples that a device computes at once, where its share of an update does not fit; null: all."""
    precision: str = MISSING
    """Arithmetic: auto, bf16-mixed, 16-mixed or 32-true."""
    threads: int | None = setting(None, affects=NOTHING)
    """CPU threads; null: as many as the process may use, by its affinity and the quota of its container."""
    eval_tokens: int | None = None
    """Most positions of an evaluation batch, padding included; null: what suits the device."""
    active_vocabulary: bool = MISSING
    """Whether training holds only the rows of the embedding table that the data use."""
    checkpoint_seconds: float = setting(affects=NOTHING)
    """Work that a killed run loses at most, in seconds; started again, it goes on from there."""
    compare_selections: bool = MISSING
    """Whether weights that other rules than the recipe's would select are scored too: after each epoch the
    validation sets of all languages at hand are read. Nothing more is trained, and the score is the same."""
    save_encoder: bool = setting(affects=NOTHING)
    """Whether the run folder gets the encoder as well, as a folder that transformers loads."""

    @property
    def processes(self) -> int:
        """Number of processes of a cell, once ``devices`` is a number."""
        return int(self.devices) * self.nodes

    @property
    def shares(self) -> dict[str, int | None]:
        """How an update is shared out, where one device does not compute all of it at once; else empty.

        By rounding it changes what is trained, and with dropout by the masks.
        """
        if self.processes == 1 and self.micro_batch is None:
            return {}
        return {"devices": self.processes, "micro_batch": self.micro_batch}
