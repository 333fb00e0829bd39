"""What LoRA added to an encoder, in the format of peft, with the head beside it.

A phase ends with its added matrices merged into the encoder, and they are not kept. What they added is the
difference to the encoder that training began from: a matrix of their rank, which its singular values and
vectors make into two matrices again (others than those that were trained, with the same product).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from xtl.atomic import write_json
from xtl.errors import ConfigError
from xtl.export.lineage import Lineage
from xtl.export.tokenizer_files import save_tokenizer
from xtl.export.transformers_folder import TOLERANCE, backbone_of, largest_difference, transformers_model
from xtl.models import HFBackbone
from xtl.models.files import published_name
from xtl.models.load import load_backbone
from xtl.schemas.backbone import BackboneConfig
from xtl.schemas.recipe import TuningConfig
from xtl.tasks.exported import HeadExport
from xtl.tasks.trained import TrainedTask

_PEFT_TASKS = {
    "token-classification": "TOKEN_CLS",
    "text-classification": "SEQ_CLS",
    "question-answering": "QUESTION_ANS",
}

_ROUNDING = 1e-6
"""Largest difference of a merged weight that is rounding, as a share of the largest weight (of 1)."""


def check_adapter(lineage: Lineage, backbone: BackboneConfig) -> None:
    """Refuse runs whose phases changed more than an adapter can hold.

    Args:
        lineage: Origin of the model.
        backbone: Encoder that training began from.

    Raises:
        ConfigError: if a phase had another tuning, nothing was trained, or others cannot load the encoder.
    """
    names = sorted({tuning.name for tuning in trained_tunings(lineage)})
    if names != ["lora"]:
        raise ConfigError(
            f"--adapter-only: expected tuning=lora in every phase that trained, got "
            f"{', '.join(names) or 'none'}; export the whole model"
        )
    if backbone.source != "hub":
        raise ConfigError(
            "--adapter-only: expected an encoder of the hub or of a folder, which others can load and add "
            f"the adapter to, got backbone={backbone.name}; export the whole model"
        )


def trained_tunings(lineage: Lineage) -> Sequence[TuningConfig]:
    """Tunings of the phases that trained, in order."""
    trained = {str(phase["task"]) for phase in lineage.phases}
    return [task.tuning for task in lineage.tasks if task.name in trained]


def write_adapter(
    model: TrainedTask, export: HeadExport, folder: Path, *, lineage: Lineage, backbone: BackboneConfig
) -> None:
    """Write ``adapter_config.json`` and ``adapter_model.safetensors``, and the tokenizer.

    Args:
        model: Encoder, head and task.
        export: What the task's type says of its head.
        folder: Folder to write into.
        lineage: Origin of the model.
        backbone: Encoder that training began from.

    Raises:
        ConfigError: if more was changed than matrices of LoRA change.
    """
    if "tie_word_embeddings" in export.settings:
        raise ConfigError(
            "--adapter-only: expected a head of its own, got one that is tied to the encoder's table; "
            "export the whole model"
        )
    tunings = trained_tunings(lineage)
    rank = sum(tuning.rank for tuning in tunings)
    targets = sorted({target for tuning in tunings for target in tuning.targets})
    pretrained = load_backbone(backbone.source, path=backbone.path, revision=backbone.revision).backbone
    trained = model.module.backbone
    assert isinstance(trained, HFBackbone)  # noqa: S101  a run has no other
    built = transformers_model(model.module, export)
    prefix = built.base_model_prefix
    encoder_names = {f"{prefix}.{name}" for name in trained.encoder.state_dict()}
    head = {name: weight for name, weight in built.state_dict().items() if name not in encoder_names}
    factors = low_rank_factors(pretrained.encoder, trained.encoder, targets=targets, rank=rank)
    before = pretrained.encoder.state_dict()
    with torch.no_grad():
        for name, (down, up) in factors.items():
            weight = built.get_parameter(f"{prefix}.{name}.weight")
            weight.copy_(before[f"{name}.weight"] + up @ down)
    difference = largest_difference(built, model.module, export)
    if not difference <= TOLERANCE:
        raise ConfigError(
            f"--adapter-only: expected the adapter to give the logits of the run, got others (they differ by "
            f"{difference:.1g} of the largest); export the whole model"
        )
    weights = {f"base_model.model.{name}": weight.contiguous() for name, weight in head.items()}
    for name, (down, up) in factors.items():
        weights[f"base_model.model.{prefix}.{name}.lora_A.weight"] = down.contiguous()
        weights[f"base_model.model.{prefix}.{name}.lora_B.weight"] = up.contiguous()
    save_file(weights, folder / "adapter_model.safetensors", metadata={"format": "pt"})
    write_json(
        folder / "adapter_config.json",
        {
            "peft_type": "LORA",
            "task_type": _PEFT_TASKS.get(export.pipeline),
            "base_model_name_or_path": published_name(backbone.path or ""),
            "revision": backbone.revision,
            "r": rank,
            "lora_alpha": rank,  # what is added is multiplied by alpha / r
            "lora_dropout": 0.0,
            "bias": "none",
            "target_modules": targets,
            "modules_to_save": sorted({_module(name, prefix) for name in head}),
            "inference_mode": True,
        },
    )
    save_tokenizer(
        model.tokenizer,
        folder,
        max_len=model.task.config.max_len,
        reads_special_tokens=False,
        has_segments=backbone_of(model.module).separator is not None,
    )


def low_rank_factors(
    before: nn.Module, after: nn.Module, *, targets: Sequence[str], rank: int
) -> Mapping[str, tuple[Tensor, Tensor]]:
    """Two matrices for each target, whose product was added to its weight.

    Args:
        before: Encoder that training began from.
        after: The same encoder, trained.
        targets: Names of the layers that were changed, or the last parts of them.
        rank: Rank of what was added.

    Returns:
        By name of the layer ``(R, I)`` and ``(O, R)`` matrices, for weights of ``(O, I)``.

    Raises:
        ConfigError: if another weight was changed, more was added than that rank holds, or a layer is not
            linear.
    """
    old, new = before.state_dict(), after.state_dict()
    layers = _linear_layers(after, targets)
    changed = [
        name
        for name, weight in new.items()
        if name.removesuffix(".weight") not in layers
        and not (name in old and old[name].shape == weight.shape and torch.equal(old[name], weight))
    ]
    if changed:
        raise ConfigError(
            f"--adapter-only: expected {' and '.join(targets)} to be all that training changed, found "
            f"{len(changed)} other weights changed, such as {changed[0]}; export the whole model"
        )
    factors = {}
    for layer in layers:
        weight = new[f"{layer}.weight"].double()
        added = weight - old[f"{layer}.weight"].double()
        left, values, right = torch.linalg.svd(added, full_matrices=False)
        roots = values[:rank].sqrt()
        down, up = roots.unsqueeze(1) * right[:rank], left[:, :rank] * roots
        if (added - up @ down).abs().max() > _ROUNDING * weight.abs().max().clamp(min=1.0):
            raise ConfigError(
                f"--adapter-only: expected {layer} to differ from the pretrained one by a matrix of rank "
                f"{rank}, got one of a higher rank; export the whole model"
            )
        factors[layer] = (down.float(), up.float())
    return factors


def _linear_layers(encoder: nn.Module, targets: Sequence[str]) -> list[str]:
    """Names of the layers that targets stand for, as tuning and peft read them."""
    layers = []
    for name, part in encoder.named_modules():
        if not any(f".{name}".endswith(f".{target}") for target in targets):
            continue
        if not isinstance(part, nn.Linear):
            raise ConfigError(
                f"--adapter-only: expected linear layers, got {name} ({type(part).__name__}), for which peft "
                "has matrices of another form; export the whole model"
            )
        layers.append(name)
    return layers


def _module(name: str, prefix: str) -> str:
    """Module of a model that a weight of its head is in, as peft names those that it saves whole."""
    return name.removeprefix(f"{prefix}.").partition(".")[0]
