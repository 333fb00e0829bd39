"""The families of tasks: what composes readers, encoding, module, decoding and metrics for one of them."""

from xtl.phases.families.tagging import TaggingFamily

__all__ = ["TaggingFamily"]
