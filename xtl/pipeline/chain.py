"""A chain: what the encoder goes through, phase by phase, and the encoder it begins with."""

import logging
from collections.abc import Sequence
from dataclasses import replace

import torch

from xtl.caching.session import SessionCache
from xtl.pipeline.context import RunContext
from xtl.pipeline.phase import run_phase
from xtl.schemas.backbone import BackboneConfig
from xtl.store.records import EncoderState, Phase, TrainedPhase
from xtl.tasks.encoder_check import check_encoder
from xtl.training.device import DeviceSettings
from xtl.training.history import EpochMetrics

logger = logging.getLogger(__name__)


def run_chain(phases: Sequence[Phase], context: RunContext) -> tuple[EncoderState, list[TrainedPhase]]:
    """Take the pretrained encoder through the phases that have rows to train on.

    Returns:
        The encoder after the last phase, and what each phase left.

    Raises:
        BackboneError: if the encoder is not there, or does not suit a phase.
        NonFiniteLossError: at the first loss that is no number.
    """
    backbone = context.config.backbone
    logger.info("loading backbone %s", backbone.name)
    encoder = pretrained_encoder(backbone, context.cache)
    for phase in phases:
        check_encoder(phase.task, encoder.pretrained.backbone)
    trained: list[TrainedPhase] = []
    earlier: list[EpochMetrics] = []
    for phase in phases:
        if not phase.train:
            continue
        result = run_phase(phase, encoder, context, earlier=earlier)
        encoder = result.encoder
        earlier += result.report.epochs
        trained.append(result)
    return encoder, trained


def scoring_settings(trained: Sequence[TrainedPhase], device: DeviceSettings) -> DeviceSettings:
    """Settings to score what a chain has left with: in the precision that its last phase was trained in.

    Args:
        trained: Outcomes of the phases that trained.
        device: Settings that the chain was begun with.
    """
    return replace(device, precision=trained[-1].trainer.precision) if trained else device


def pretrained_encoder(backbone: BackboneConfig, cache: SessionCache) -> EncoderState:
    """Encoder that the config names, as it was pretrained.

    Raises:
        BackboneError: if it is not there.
    """
    pretrained, digest = cache.encoder.pretrained(backbone)
    return EncoderState(pretrained=pretrained, key=digest, trained_ids=torch.empty(0, dtype=torch.int64))
