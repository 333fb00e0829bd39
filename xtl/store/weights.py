"""The weights in an entry of the phase store: what a phase left, and epochs that other selections take."""

from pathlib import Path

from safetensors.torch import load_file, save_file
from torch import Tensor

from xtl.models import HFBackbone, Pretrained, load_partial_state, partial_state
from xtl.models.load import load_backbone
from xtl.modules.base import XtlModule
from xtl.modules.heads import head_weights
from xtl.schemas.backbone import BackboneConfig
from xtl.store.records import EncoderState
from xtl.store.store import ENCODER, HEAD


def write_weights(
    folder: Path, encoder: EncoderState, module: XtlModule, *, epoch: int | None = None
) -> None:
    """Write an encoder and its head.

    Args:
        folder: Folder of the entry.
        encoder: Encoder; only the rows of its embedding table that training has changed are written.
        module: Module with the head.
        epoch: Epoch of the weights; ``None``: those that the phase leaves.
    """
    save_file(partial_state(encoder.pretrained.backbone, encoder.trained_ids), folder / _name(ENCODER, epoch))
    save_file(head_weights(module), folder / _name(HEAD, epoch))


def read_encoder(folder: Path, backbone: HFBackbone, *, epoch: int | None = None) -> Tensor:
    """Put the weights of an entry into an encoder.

    Args:
        folder: Folder of the entry.
        backbone: Encoder to change.
        epoch: Epoch of the weights; ``None``: those that the phase leaves.

    Returns:
        The rows of the embedding table that were written (ids).

    Raises:
        CheckpointError: if they are weights of another encoder.
    """
    return load_partial_state(backbone, load_file(folder / _name(ENCODER, epoch)))


def read_head(folder: Path, module: XtlModule, *, epoch: int | None = None, prefix: str = "") -> None:
    """Put the head of an entry into a module.

    Args:
        folder: Folder of the entry.
        module: Module to change.
        epoch: Epoch of the weights; ``None``: those that the phase leaves.
        prefix: Prefix of the head's weights, where the entry has several heads.
    """
    weights = load_file(folder / _name(HEAD, epoch))
    module.head.load_state_dict(
        {name.removeprefix(prefix): weight for name, weight in weights.items() if name.startswith(prefix)}
    )


def stored_encoder(folder: Path, backbone: BackboneConfig) -> Pretrained:
    """Load the pretrained encoder, and put the weights of an entry into it.

    Raises:
        BackboneError: if the pretrained encoder is not there.
        CheckpointError: if the phase has weights of another encoder.
    """
    pretrained = load_backbone(backbone.source, path=backbone.path, revision=backbone.revision)
    read_encoder(folder, pretrained.backbone)
    return pretrained


def _name(file: str, epoch: int | None) -> str:
    return file if epoch is None else f"epoch-{epoch}.{file}"
