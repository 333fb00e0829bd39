"""Schema of the machine side of a fit."""

from dataclasses import dataclass

from omegaconf import MISSING

PRECISIONS = ("auto", "bf16-mixed", "16-mixed", "32-true")


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
    checkpoint_seconds: float = MISSING
    """How much work a killed run loses at most; it goes on from there when it is started again."""
    compare_selections: bool = MISSING
    """Score what other rules than the recipe's would keep, too: after each epoch the validation sets of all
    languages at hand are read. Nothing more is trained, and the score is the same."""
    save_encoder: bool = MISSING
    """Put the encoder into the run folder as well, as a folder that transformers loads."""
