"""The backbone: one shared encoder, from the hub, from PyPI or random.

Public names are loaded when they are asked for: a command that looks at files of a backbone needs no torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xtl.models.backbone import Backbone, HFBackbone
    from xtl.models.e5.convert import e5_small_folder
    from xtl.models.embeddings.active_embedding import ActiveEmbedding, active_vocabulary, whole_table
    from xtl.models.embeddings.partial_table import load_partial_state, partial_state
    from xtl.models.feed_forward import inner_units, resize_feed_forward, set_inner_units
    from xtl.models.pooling import pooled
    from xtl.models.pretrained import Pretrained, e5_small, from_folder, hub, hub_tokenizer, tiny
    from xtl.models.tiny_encoder import tiny_tokenizer
    from xtl.models.tokenizer import encode_texts
    from xtl.models.tuning import Tuning, WeightCounts, count_weights, tuned

__all__ = [
    "ActiveEmbedding",
    "Backbone",
    "HFBackbone",
    "Pretrained",
    "Tuning",
    "WeightCounts",
    "active_vocabulary",
    "count_weights",
    "e5_small",
    "e5_small_folder",
    "encode_texts",
    "from_folder",
    "hub",
    "hub_tokenizer",
    "inner_units",
    "load_partial_state",
    "partial_state",
    "pooled",
    "resize_feed_forward",
    "set_inner_units",
    "tiny",
    "tiny_tokenizer",
    "tuned",
    "whole_table",
]

# No module may have the name of what it gives: importing it would put it in the place of that.
_HOME = {
    "embeddings.active_embedding": ("ActiveEmbedding", "active_vocabulary", "whole_table"),
    "backbone": ("Backbone", "HFBackbone"),
    "e5.convert": ("e5_small_folder",),
    "feed_forward": ("inner_units", "resize_feed_forward", "set_inner_units"),
    "embeddings.partial_table": ("load_partial_state", "partial_state"),
    "pooling": ("pooled",),
    "pretrained": ("Pretrained", "e5_small", "from_folder", "hub", "hub_tokenizer", "tiny"),
    "tiny_encoder": ("tiny_tokenizer",),
    "tokenizer": ("encode_texts",),
    "tuning": ("Tuning", "WeightCounts", "count_weights", "tuned"),
}
"""Where in this folder each public name stands."""


def __getattr__(name: str) -> object:
    """Public name, imported on first access."""
    for module, names in _HOME.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Public names, those that are not loaded yet among them."""
    return list(__all__)
