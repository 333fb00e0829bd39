"""Encoder and head as a model of transformers: another class, the same function."""

import copy
from collections.abc import Mapping
from pathlib import Path

import torch
import transformers
from torch import Tensor
from transformers import PreTrainedConfig, PreTrainedModel

from xtl.errors import ConfigError
from xtl.export.tokenizer_files import save_tokenizer
from xtl.models import HFBackbone
from xtl.modules.base import XtlModule
from xtl.tasks.exported import ENCODER, HeadExport
from xtl.tasks.trained import TrainedTask

TOLERANCE = 1e-5
"""Largest difference of logits, as a share of the largest logit (of 1, where all are smaller)."""

_PROBE_LENGTHS = (24, 17, 9, 3)


def write_model(model: TrainedTask, export: HeadExport, folder: Path) -> PreTrainedModel:
    """Write config, weights and tokenizer of a trained task.

    Args:
        model: Encoder, head and task.
        export: What the task's type says of its head.
        folder: Folder to write into.

    Returns:
        The model that was written.

    Raises:
        ConfigError: if transformers has no class that computes the same.
    """
    built = transformers_model(model.module, export)
    built.save_pretrained(folder)
    save_tokenizer(
        model.tokenizer,
        folder,
        max_len=model.task.config.max_len,
        reads_special_tokens=export.reads_special_tokens,
        reads_words=model.task.type.reads_words,
        has_segments=backbone_of(model.module).separator is not None,
    )
    return built


def transformers_model(module: XtlModule, export: HeadExport) -> PreTrainedModel:
    """Build the model of transformers that has the weights of a module, and gives the same logits.

    Args:
        module: Encoder and head.
        export: What the task's type says of its head.

    Raises:
        ConfigError: if transformers has no such class for the encoder, its class has weights that the module
            has not, or the logits differ.
    """
    encoder = backbone_of(module).encoder
    try:
        model: PreTrainedModel = getattr(transformers, export.auto_class).from_config(
            _config(encoder.config, export), dtype=torch.float32
        )
    except ValueError as error:
        raise ConfigError(
            f"export: expected an encoder that {export.auto_class} knows, got {type(encoder).__name__}"
        ) from error
    model.load_state_dict(_weights(model, encoder, module, export), strict=False)
    model.tie_weights()
    model.eval()
    difference = largest_difference(model, module, export)
    if not difference <= TOLERANCE:
        epsilon = getattr(encoder.config, "layer_norm_eps", "none")
        raise ConfigError(
            f"export: expected {type(model).__name__} to give the logits of the run, got others "
            f"(they differ by {difference:.1g} of the largest): its head computes something else, as where "
            f"its layer norms have another epsilon ({epsilon}) than the run's head (1e-05); use an encoder "
            "such as XLM-R"
        )
    return model


def largest_difference(model: PreTrainedModel, module: XtlModule, export: HeadExport) -> float:
    """Largest difference of two models' logits on a few made-up inputs, as a share of the largest logit.

    Args:
        model: Model of transformers.
        module: Encoder and head.
        export: Functions that give the logits of both.
    """
    inputs = probe(backbone_of(module))
    ids, mask = inputs["input_ids"], inputs["attention_mask"]
    was_training = module.training
    module.eval()
    try:
        with torch.inference_mode():
            expected, logits = export.logits(ids, mask), export.model_logits(model, inputs)
    finally:
        module.train(was_training)
    if expected.shape != logits.shape:
        return float("inf")
    if export.per_token:
        expected, logits = expected[mask == 1], logits[mask == 1]
    return float((expected - logits).abs().max() / expected.abs().max().clamp(min=1.0))


def probe(backbone: HFBackbone) -> dict[str, Tensor]:
    """Make up what an encoder reads, each ``(B, S)`` by name, of a few inputs of different lengths.

    Args:
        backbone: Encoder, whose config says how many pieces it has and how it pads.
    """
    config = backbone.encoder.config
    generator = torch.Generator().manual_seed(0)
    longest = min(max(_PROBE_LENGTHS), getattr(config, "max_position_embeddings", 512) - 2)
    lengths = torch.tensor([min(length, longest) for length in _PROBE_LENGTHS])
    ids = torch.randint(0, config.vocab_size, (len(lengths), longest), generator=generator)
    pad_id = config.pad_token_id or 0
    ids[ids == pad_id] = (pad_id + 1) % config.vocab_size
    if backbone.separator is not None:
        ids[:, 2] = backbone.separator  # two segments
    mask = (torch.arange(longest) < lengths.unsqueeze(1)).long()
    return backbone.inputs(ids.masked_fill(mask == 0, pad_id), mask)


def backbone_of(module: XtlModule) -> HFBackbone:
    """Encoder of a run's module."""
    backbone = module.backbone
    assert isinstance(backbone, HFBackbone)  # noqa: S101  a run has no other
    return backbone


def _config(encoder: PreTrainedConfig, export: HeadExport) -> PreTrainedConfig:
    config = copy.deepcopy(encoder)
    config.update(dict(export.settings))
    if export.labels:
        config.id2label = dict(enumerate(export.labels))
        config.label2id = {label: index for index, label in enumerate(export.labels)}
    if hasattr(config, "pooler_hidden_act"):  # DeBERTa, whose pooler has gelu where xtl has tanh
        config.pooler_hidden_act = "tanh"
    return config


def _weights(
    model: PreTrainedModel, encoder: PreTrainedModel, module: XtlModule, export: HeadExport
) -> dict[str, Tensor]:
    """Weights by their names in the model, for the first layout that leaves none unset.

    Raises:
        ConfigError: if there is none: the class has another head.
    """
    base = model.base_model_prefix
    inner = {f"{base}.{name}": weight for name, weight in encoder.state_dict().items()}
    needed = model.state_dict().keys() - model.all_tied_weights_keys.keys()
    unset: set[str] = set()
    for layout in export.layouts:
        weights = {**inner, **_placed(module.head.state_dict(), layout, base)}
        if needed == weights.keys():
            return weights
        unset = unset or needed ^ weights.keys()
    raise ConfigError(
        f"export: expected {type(model).__name__} to have the layers of the run's head, got one of another "
        f"shape ({', '.join(sorted(unset)[:3])} on one side only); use a run with an encoder such as XLM-R"
    )


def _placed(head: Mapping[str, Tensor], layout: Mapping[str, str], base: str) -> dict[str, Tensor]:
    """Weights of a head by their names in the model; those that a layout does not name are left out."""
    weights = {}
    for name, weight in head.items():
        layer, _, kind = name.rpartition(".")
        if layer in layout:
            weights[f"{layout[layer].replace(ENCODER, base)}.{kind}"] = weight
    return weights
