"""Schema of where data come from."""

from dataclasses import dataclass, field

from omegaconf import MISSING

DATA_SOURCES = ("local", "hub", "pocket")


@dataclass
class DataConfig:
    """Where data come from."""

    source: str = MISSING
    """local: files under root; hub: the Hugging Face hub; auto: local where root is given, else hub; pocket:
    the benchmark that comes with xtl."""
    root: str | None = None
    """local: folder that holds <task>/<language>/<split>.<format>."""
    sizes: dict[str, int] = field(default_factory=dict)
    """pocket: rows of each split."""
    seed: int = 0
    """pocket: another seed makes another benchmark."""
