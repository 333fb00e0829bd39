"""The backbone: one shared encoder, from the hub, from PyPI or random."""

from xtl.models.active_vocabulary import ActiveEmbedding, active_vocabulary, whole_table
from xtl.models.backbone import Backbone, HFBackbone
from xtl.models.partial_table import load_partial_state, partial_state
from xtl.models.pooling import pooled
from xtl.models.pretrained import Pretrained, e5_small, from_folder, hub, tiny

__all__ = [
    "ActiveEmbedding",
    "Backbone",
    "HFBackbone",
    "Pretrained",
    "active_vocabulary",
    "e5_small",
    "from_folder",
    "hub",
    "load_partial_state",
    "partial_state",
    "pooled",
    "tiny",
    "whole_table",
]
