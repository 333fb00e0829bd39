"""Schema of the machine side of a fit."""

from dataclasses import dataclass
from typing import Any

from xtl.schemas.fields import MISSING, NOTHING, setting

AUTO = "auto"

HALF_PRECISIONS = ("bf16-mixed", "16-mixed")
FULL_PRECISION = "32-true"
TF32 = "tf32"
PRECISIONS = (AUTO, *HALF_PRECISIONS, FULL_PRECISION, TF32)

SINGLE, DDP, FSDP2 = "single", "ddp", "fsdp2"

STRATEGIES = (AUTO, SINGLE, DDP, FSDP2)

XTL_KERNELS, TORCH_KERNELS = "xtl", "torch"
KERNELS = (XTL_KERNELS, TORCH_KERNELS)


@dataclass
class TrainerConfig:
    """The machine side of a fit; another device or kernel draws dropout anew, and all change rounding."""

    accelerator: str = MISSING
    """Device: auto, cpu, gpu or mps."""
    devices: Any = setting(1, affects=NOTHING)
    """Devices of each node, one process each; auto: all GPUs, on a CPU one. An update has as many examples
    whatever their number. More than one has dropout masks of its own, so that keys and results name it."""
    nodes: int = setting(1, affects=NOTHING)
    """Nodes, one task of Slurm each; hydra/launcher=submitit_slurm asks for as many."""
    node_seconds: float = setting(300.0, affects=NOTHING)
    """Seconds within which all nodes must have begun; the error names those that have not."""
    micro_batch: Any = setting(None, affects=NOTHING)
    """Most examples that a device computes at once, where its share of an update does not fit; null: all;
    auto: all, or as many as fit, found by trying: halved when memory runs out, the phase begun again."""
    micro_batch_tokens: int | None = setting(None, affects=NOTHING)
    """The same in positions, padding included: with long examples fewer at once than with short ones."""
    precision: str = MISSING
    """Arithmetic: auto, bf16-mixed, 16-mixed, 32-true or tf32 (32 bits, but products of matrices in
    TensorFloat-32, on GPUs since Ampere: ten bits of a fraction in place of 23)."""
    strategy: str = setting("auto", affects=NOTHING)
    """How devices share a fit: single (one), ddp (each holds all weights), fsdp2 (each holds a part of them
    and of the optimiser; bf16-mixed, 32-true or tf32); auto: single or ddp, and fsdp2 where by estimate a GPU
    cannot hold all. By rounding alone it changes what is trained: neither keys nor results name it."""
    kernels: str = XTL_KERNELS
    """Passes of the encoder: torch, or xtl (faster: on a CPU blocks, attention and dropout of its own, also
    in an evaluation in bf16-mixed; on one GPU training as CUDA graphs). What differs is rounding and the
    masks of dropout, as with another seed."""
    gradient_checkpointing: bool = setting(default=False, affects=NOTHING)
    """Whether a training pass keeps the inputs of blocks alone and computes the blocks again for the
    gradients: less memory, about a third more time, the same weights (on a CPU to the bit)."""
    threads: int | None = setting(None, affects=NOTHING)
    """CPU threads; null: as many as the process may use, by its affinity and the quota of its container."""
    eval_tokens: int | None = None
    """Most positions of an evaluation batch, padding included, where an example of several sequences (the
    options of a question, a sentence and its translation) counts as the longest of them alone; null: what
    suits the device."""
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
    def shares(self) -> dict[str, Any]:
        """How an update is shared out, where one device does not compute all of it at once; else empty.

        By rounding it changes what is trained, and with dropout by the masks.
        """
        if self.devices == AUTO:  # as a sweep sees it, before a machine is there
            shares: dict[str, Any] = {"devices": AUTO, "micro_batch": self.micro_batch}
        elif self.processes == 1 and self.micro_batch is None and self.micro_batch_tokens is None:
            return {}
        else:
            shares = {"devices": self.processes, "micro_batch": self.micro_batch}
        if self.micro_batch_tokens is not None:  # younger than stored phases
            shares["micro_batch_tokens"] = self.micro_batch_tokens
        return shares
