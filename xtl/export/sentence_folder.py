"""Vectors of sentences as a folder of sentence-transformers: transformer, pooling, length 1, prompts."""

import copy
import json
from collections.abc import Mapping
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import AutoModel, PreTrainedModel

from xtl.atomic import write_json, write_text
from xtl.errors import ConfigError
from xtl.export.tokenizer_files import save_tokenizer
from xtl.export.transformers_folder import TOLERANCE, backbone_of, probe
from xtl.models import HFBackbone, pooled
from xtl.tasks.exported import VectorExport
from xtl.tasks.trained import TrainedTask

PROMPTS = ("query", "document")
"""Prompts of ``encode_query`` and ``encode_document``; the first one is the default of ``encode``."""

_MODULES = ("Transformer", "Pooling", "Normalize")


def write_sentence_model(model: TrainedTask, export: VectorExport, folder: Path) -> PreTrainedModel:
    """Write encoder, tokenizer and the files of sentence-transformers' own format.

    Args:
        model: Encoder and task.
        export: Way of making vectors.
        folder: Folder to write into.

    Returns:
        The encoder that was written, as deep as the layer that is pooled.

    Raises:
        ConfigError: if sentence-transformers cannot pool in this way.
    """
    if export.pooling == "mean" and not export.special_tokens:
        raise ConfigError(
            "--to sentence-transformers: expected a mean over all tokens, as its pooling makes it, got one "
            "without special tokens (embedding.special_tokens=false)"
        )
    backbone = backbone_of(model.module)
    encoder = cut_encoder(backbone, export.layer)
    encoder.save_pretrained(folder)
    max_len = model.task.config.max_len
    save_tokenizer(
        model.tokenizer,
        folder,
        max_len=max_len,
        reads_special_tokens=False,
        has_segments=backbone.separator is not None,
    )
    paths = ["", *(f"{index}_{name}" for index, name in enumerate(_MODULES) if index)]
    modules = [
        # Names that all versions of the library know.
        {"idx": index, "name": str(index), "path": path, "type": f"sentence_transformers.models.{name}"}
        for index, (path, name) in enumerate(zip(paths, _MODULES, strict=True))
    ]
    write_text(folder / "modules.json", json.dumps(modules, indent=2) + "\n")
    write_json(folder / "sentence_bert_config.json", {"max_seq_length": max_len, "do_lower_case": False})
    write_json(folder / paths[1] / "config.json", _pooling(backbone.hidden_size, export.pooling))
    (folder / paths[2]).mkdir()
    write_json(folder / paths[2] / "config.json", {})
    prompts = dict.fromkeys(PROMPTS, export.prefix) if export.prefix else {}
    write_json(
        folder / "config_sentence_transformers.json",
        {
            "prompts": prompts,
            "default_prompt_name": PROMPTS[0] if prompts else None,
            "similarity_fn_name": "cosine",
        },
    )
    return encoder


def sentence_vectors(encoder: PreTrainedModel, inputs: Mapping[str, Tensor], pooling: str) -> Tensor:
    """Vectors of length 1, ``(B, H)``, of an encoder whose last layer is pooled.

    Args:
        encoder: Encoder, as :func:`cut_encoder` gives it.
        inputs: What it reads, each ``(B, S)``, by name, ids and mask among them.
        pooling: Way of pooling.
    """
    states_BSH = encoder(**inputs).last_hidden_state
    return F.normalize(pooled(states_BSH.float(), inputs["attention_mask"], pooling), dim=-1)


def cut_encoder(backbone: HFBackbone, layer: int) -> PreTrainedModel:
    """Copy an encoder without the blocks above a layer, whose last states are those of the layer.

    Args:
        backbone: Encoder.
        layer: Number of blocks to keep.

    Raises:
        ConfigError: if the states differ, as where something follows the last block.
    """
    if layer == backbone.num_layers:
        backbone.encoder.eval()
        return backbone.encoder
    config = copy.deepcopy(backbone.encoder.config)
    config.num_hidden_layers = layer
    if getattr(config, "layer_types", None):
        config.layer_types = config.layer_types[:layer]
    encoder: PreTrainedModel = AutoModel.from_config(config, dtype=torch.float32)
    if getattr(encoder, "pooler", None) is not None:
        encoder.pooler = None  # type: ignore[assignment]
    weights = backbone.encoder.state_dict()
    absent = encoder.state_dict().keys() - weights.keys()
    encoder.load_state_dict(
        {name: weights[name] for name in encoder.state_dict().keys() - absent}, strict=False
    )
    encoder.eval()
    inputs = probe(backbone)
    ids, mask = inputs["input_ids"], inputs["attention_mask"]
    was_training = backbone.training
    backbone.eval()
    with torch.inference_mode():
        expected = backbone.all_states(ids, mask)[layer]
        states = encoder(**inputs).last_hidden_state
    backbone.train(was_training)
    difference = (expected - states)[mask == 1].abs().max() / expected.abs().max().clamp(min=1.0)
    if absent or not difference <= TOLERANCE:
        raise ConfigError(
            f"export: expected {type(encoder).__name__} cut to {layer} blocks to end in "
            f"the states of layer {layer}, got others; train one with target.embedding.layer=last"
        )
    return encoder


def _pooling(width: int, pooling: str) -> dict[str, object]:
    modes = {f"pooling_mode_{mode}": False for mode in ("max_tokens", "mean_sqrt_len_tokens")}
    return {
        "word_embedding_dimension": width,
        "pooling_mode_cls_token": pooling == "cls",
        "pooling_mode_mean_tokens": pooling == "mean",
        **modes,
        "include_prompt": True,
    }
