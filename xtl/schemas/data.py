"""Schema of where data come from."""

from dataclasses import dataclass, field

from xtl.schemas.fields import MISSING, NOTHING, setting

DATA_SOURCES = ("local", "hub", "pocket")


@dataclass
class DataConfig:
    """Source of the data."""

    source: str = MISSING
    """Kind of source: local (files under root), hub (the Hugging Face hub), pocket (the benchmark that comes
    with xtl), or auto: local where root is given, else hub."""
    root: str | None = setting(None, affects=NOTHING)
    """local: folder that holds <task>/<language>/<split>.<format>; where it stands makes no other cell, what
    is in it does."""
    sizes: dict[str, int] = field(default_factory=dict)
    """pocket: rows of each split."""
    seed: int = 0
    """pocket: another seed makes another benchmark."""
