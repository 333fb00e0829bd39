"""The backbone: one shared encoder, from the hub, from PyPI or random."""

from xtl.models.active_vocabulary import ActiveEmbedding, active_vocabulary, whole_table
from xtl.models.backbone import Backbone, HFBackbone
from xtl.models.e5.convert import e5_small_folder
from xtl.models.feed_forward import inner_units, resize_feed_forward, set_inner_units
from xtl.models.partial_table import load_partial_state, partial_state
from xtl.models.pooling import pooled
from xtl.models.pretrained import Pretrained, e5_small, from_folder, hub, hub_tokenizer, tiny
from xtl.models.tiny import tiny_tokenizer
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
