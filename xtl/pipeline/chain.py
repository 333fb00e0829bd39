"""A chain: what the encoder goes through, phase by phase, and the encoder it begins with."""

from collections.abc import Sequence

import torch

from xtl.caching.session import SessionCache
from xtl.models.load import load_backbone
from xtl.pipeline.context import RunContext
from xtl.pipeline.phase import run_phase
from xtl.progress import say
from xtl.schemas.backbone import BackboneConfig
from xtl.store.records import Encoder, Phase, TrainedPhase
from xtl.training.history import Epoch


def run_chain(phases: Sequence[Phase], context: RunContext) -> tuple[Encoder, list[TrainedPhase]]:
    """Take the pretrained encoder through the phases that have rows to train on.

    Returns:
        The encoder after the last phase, and what each phase left.

    Raises:
        BackboneError: if the encoder is not there.
        NonFiniteLossError: at the first loss that is no number.
    """
    backbone = context.config.backbone
    say(f"loading backbone {backbone.name}")
    encoder = pretrained_encoder(backbone, context.memory)
    trained: list[TrainedPhase] = []
    earlier: list[Epoch] = []
    for phase in phases:
        if not phase.train:
            continue
        left = run_phase(phase, encoder, context, earlier=earlier)
        encoder = left.encoder
        earlier += left.report.epochs
        trained.append(left)
    return encoder, trained


def pretrained_encoder(backbone: BackboneConfig, memory: SessionCache) -> Encoder:
    """Give the encoder that the config names, as it was pretrained.

    Raises:
        BackboneError: if it is not there.
    """
    pretrained, digest = memory.pretrained(backbone, load_backbone)
    return Encoder(pretrained=pretrained, key=digest, rows=torch.empty(0, dtype=torch.int64))
