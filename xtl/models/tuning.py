"""Which weights of an encoder a phase trains, and what is left of added ones when it ends.

Added weights (LoRA, adapters) are merged into the encoder at the end, so that every phase hands on a plain
encoder, which the next one may train in another way.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

from torch import nn
from transformers.pytorch_utils import Conv1D

from xtl.errors import BackboneError, ConfigError, first_line
from xtl.models.backbone import HFBackbone
from xtl.models.embeddings.active_embedding import ActiveEmbedding
from xtl.models.feed_forward import widened

_ADAPTABLE = (nn.Linear, nn.Embedding, Conv1D)
"""Layers that peft adds matrices to; the last one is GPT-2's linear layer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tuning:
    """A way to train an encoder.

    Attributes:
        name: Name of the way, one of :data:`xtl.types.TUNINGS`.
        layers: Blocks, from the first one, that stay as they are, with the embeddings (freeze_n).
        rank: Rank of the added matrices (lora).
        alpha: Scale of the added matrices: what they add is multiplied by ``alpha / rank`` (lora).
        dropout: Share of the added matrices' inputs that training sets to 0 (lora).
        targets: Last parts of the names of the linear layers that get added matrices (lora).
        units: Width of the bottleneck (adapter).
    """

    name: str = "full"
    layers: int = 0
    rank: int = 8
    alpha: float = 16.0
    dropout: float = 0.0
    targets: tuple[str, ...] = ("query", "value")
    units: int = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class WeightCounts:
    """Numbers of weights: trained ones of encoder and head, and all there are.

    An embedding table counts whole, also while only the rows that the text uses are there.

    Attributes:
        encoder: Trained weights of the encoder.
        head: Trained weights of the head.
        total: All weights of both, trained or not.
    """

    encoder: int
    head: int
    total: int

    @property
    def share(self) -> float:
        """Share of all weights that is trained, in [0, 1]."""
        return (self.encoder + self.head) / self.total


@contextmanager
def tuned(backbone: HFBackbone, tuning: Tuning) -> Iterator[None]:
    """Let only what ``tuning`` says be trained inside the block; after it, all can be, nothing is added.

    The number of weights stays the same but for ``adapter``, which leaves wider feed-forward parts, see
    :mod:`xtl.models.feed_forward`. Random numbers for added weights come from torch's global generator.

    Args:
        backbone: Encoder; its table may already be an :class:`xtl.models.ActiveEmbedding`.
        tuning: Way to train it.

    Raises:
        BackboneError: if the encoder has no such weights.
        ConfigError: if ``peft`` is needed and not installed, or a number is out of range.
    """
    # Everything off first, so that a way of tuning only names what it trains.
    backbone.requires_grad_(requires_grad=False)
    try:
        with _CHOOSERS[tuning.name](backbone, tuning):
            yield
    finally:
        backbone.requires_grad_(requires_grad=True)


def adapts_table(backbone: HFBackbone, tuning: Tuning) -> bool:
    """Whether a way of training adds matrices to the embedding table, which must then be the whole one.

    Args:
        backbone: Encoder.
        tuning: Way to train it.
    """
    table = backbone.encoder.get_input_embeddings()
    names = [f".{name}" for name, part in backbone.encoder.named_modules() if part is table]
    return tuning.name == "lora" and any(
        name.endswith(f".{target}") for name in names for target in tuning.targets
    )


def count_weights(backbone: HFBackbone, head: nn.Module) -> WeightCounts:
    """Count the weights as they are now: inside :func:`tuned`, what is trained.

    Args:
        backbone: Encoder.
        head: Head that is trained with it.
    """
    total = sum(weight.numel() for weight in backbone.parameters())
    trained = sum(weight.numel() for weight in backbone.parameters() if weight.requires_grad)
    for table in backbone.modules():
        if isinstance(table, ActiveEmbedding):
            # Rows that are left out for the time being are weights of the encoder all the same.
            absent = (len(table.row_of_V) - len(table.weight)) * table.weight.shape[1]
            total += absent
            trained += absent if table.weight.requires_grad else 0
    in_head = [weight for weight in head.parameters() if weight.requires_grad]
    new = sum(weight.numel() for weight in in_head)
    return WeightCounts(encoder=trained, head=new, total=total + new)


def _full(backbone: HFBackbone, tuning: Tuning) -> AbstractContextManager[None]:  # noqa: ARG001  see _CHOOSERS
    backbone.requires_grad_(requires_grad=True)
    return nullcontext()


def _upper_layers(backbone: HFBackbone, tuning: Tuning) -> AbstractContextManager[None]:
    if tuning.layers > backbone.num_layers:
        raise ConfigError(
            f"tuning.layers={tuning.layers}: expected at most the encoder's {backbone.num_layers} blocks"
        )
    encoder, blocks = backbone.encoder, backbone.blocks
    embeddings = getattr(encoder, "embeddings", None)
    if not blocks or not isinstance(embeddings, nn.Module):
        raise BackboneError(
            f"tuning=freeze_n: expected embeddings and a list of {backbone.num_layers} blocks, found none in "
            f"{type(encoder).__name__}; use another tuning"
        )
    # The rest stays: what lies between embeddings and blocks (ELECTRA), or serves all blocks (DeBERTa).
    for weight in backbone.weights_behind(tuning.layers):
        weight.requires_grad = True
    return nullcontext()


def _biases(backbone: HFBackbone, tuning: Tuning) -> AbstractContextManager[None]:
    chosen = [weight for name, weight in backbone.named_parameters() if name.endswith("bias")]
    return _only(chosen, backbone, tuning)


def _layer_norms(backbone: HFBackbone, tuning: Tuning) -> AbstractContextManager[None]:
    norms = [part for part in backbone.modules() if isinstance(part, nn.LayerNorm)]
    return _only([weight for norm in norms for weight in norm.parameters()], backbone, tuning)


def _only(chosen: list[nn.Parameter], backbone: HFBackbone, tuning: Tuning) -> AbstractContextManager[None]:
    if not chosen:
        raise BackboneError(
            f"tuning={tuning.name}: expected weights of that kind, found none in "
            f"{type(backbone.encoder).__name__}; use another tuning"
        )
    for weight in chosen:
        weight.requires_grad = True
    return nullcontext()


@contextmanager
def _low_rank(backbone: HFBackbone, tuning: Tuning) -> Iterator[None]:
    try:
        from peft import LoraConfig, LoraModel
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"tuning=lora: expected the package peft, found none ({error}); pip install peft"
        ) from error
    config = LoraConfig(
        r=tuning.rank,
        lora_alpha=tuning.alpha,  # type: ignore[arg-type]  # peft divides it by the rank, whole or not
        lora_dropout=tuning.dropout,
        target_modules=list(tuning.targets),
    )
    _check_targets(backbone, tuning.targets)
    try:
        lora = LoraModel(backbone.encoder, config, "default")
    except ValueError as error:
        raise ConfigError(
            f"tuning=lora: expected settings that peft can use, got: {first_line(error)}"
        ) from error
    try:
        yield
    finally:
        lora.merge_and_unload()  # adds the products to the weights and puts the plain layers back


def _check_targets(backbone: HFBackbone, targets: Sequence[str]) -> None:
    """Refuse names of layers that peft would pass over, or find in the middle of changing the encoder.

    Raises:
        ConfigError: if a name is that of no layer, or also that of a part that is none.
    """
    parts = dict(backbone.encoder.named_modules())
    wrong = [
        target
        for target in targets
        if not (named := [part for name, part in parts.items() if f".{name}".endswith(f".{target}")])
        or not all(isinstance(part, _ADAPTABLE) for part in named)
    ]
    if wrong or not targets:
        layers = {name.rpartition(".")[2] for name, part in parts.items() if isinstance(part, nn.Linear)}
        raise ConfigError(
            f"tuning.targets: expected names of linear layers of the encoder ({', '.join(sorted(layers))}), "
            f"got {', '.join(wrong) or 'none'}"
        )


def _bottleneck(backbone: HFBackbone, tuning: Tuning) -> AbstractContextManager[None]:
    return widened(backbone, tuning.units)


# Frozen blocks and layer norms, for transfer: Chalkidis et al. 2021, arXiv 2109.00904; BitFit: Ben Zaken et
# al. 2022, arXiv 2106.10199; LoRA: Hu et al. 2022, arXiv 2106.09685; parallel adapters: He et al. 2022, arXiv
# 2110.04366.
_CHOOSERS: Mapping[str, Callable[[HFBackbone, Tuning], AbstractContextManager[None]]] = {
    "full": _full,
    "freeze_n": _upper_layers,
    "bitfit": _biases,
    "layernorm": _layer_norms,
    "lora": _low_rank,
    "adapter": _bottleneck,
}
