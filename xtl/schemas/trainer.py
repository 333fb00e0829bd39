"""Schema of the machine side of a fit."""

from dataclasses import dataclass

from xtl.schemas.fields import MISSING, NOTHING, setting

PRECISIONS = ("auto", "bf16-mixed", "16-mixed", "32-true")


@dataclass
class TrainerConfig:
    """The machine side of a fit; none of it is meant to change a score beyond rounding."""

    accelerator: str = MISSING
    """Device: auto, cpu, gpu or mps."""
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
