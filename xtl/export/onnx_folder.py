"""A model as a graph in the format ONNX, with its tokenizer and config beside it."""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from xtl.errors import ConfigError
from xtl.export.sentence_folder import sentence_vectors
from xtl.tasks.exported import HeadExport, VectorExport

GRAPH = "model.onnx"

_PACKAGES = ("onnx", "onnxscript")

_INPUTS = ("input_ids", "attention_mask", "token_type_ids")


class _Graph(nn.Module):
    """Inputs of an encoder and one output around a model."""

    def __init__(self, model: PreTrainedModel, export: HeadExport | VectorExport) -> None:
        super().__init__()
        self.model = model
        self.export = export

    def forward(  # torch follows arguments by their names, and not those of **inputs
        self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor | None = None
    ) -> Tensor:
        """``(B, S)`` inputs to logits, or to vectors of sentences."""
        inputs = {"input_ids": input_ids, "attention_mask": attention_mask}
        if token_type_ids is not None:
            inputs["token_type_ids"] = token_type_ids
        if isinstance(self.export, VectorExport):
            return sentence_vectors(self.model, inputs, self.export.pooling)
        return self.export.model_logits(self.model, inputs)


def check_onnx() -> None:
    """Refuse to begin without the packages that torch writes graphs with.

    Raises:
        ConfigError: if one of them is not installed.
    """
    missing = [name for name in _PACKAGES if find_spec(name) is None]
    if missing:
        raise ConfigError(
            f"--to onnx: expected the packages {' and '.join(_PACKAGES)}, found no {' and no '.join(missing)}"
            f"; pip install {' '.join(_PACKAGES)}"
        )


def write_graph(
    model: PreTrainedModel, export: HeadExport | VectorExport, inputs: Mapping[str, Tensor], folder: Path
) -> None:
    """Write the graph of a model: ``input_ids`` and ``attention_mask`` in, ``logits`` or vectors out.

    The graph of an encoder with segments, such as BERT, has ``token_type_ids`` as a third input.

    Batch and length are free. The scores of multiple choice are those of questions with one option.

    Args:
        model: Model of transformers, or an encoder whose last layer is pooled.
        export: Head or vectors.
        inputs: Inputs by name, each ``(B, S)``; see :func:`xtl.export.transformers_folder.probe`.
        folder: Folder to write into.
    """
    names = [name for name in _INPUTS if name in inputs]
    torch.onnx.export(
        _Graph(model, export).eval(),
        tuple(inputs[name] for name in names),
        folder / GRAPH,
        input_names=names,
        output_names=_output_names(export),
        dynamic_shapes={name: {0: "batch", 1: "sequence"} for name in names},
        dynamo=True,
        verbose=False,
    )


def _output_names(export: HeadExport | VectorExport) -> Sequence[str]:
    return ["sentence_embedding" if isinstance(export, VectorExport) else "logits"]
