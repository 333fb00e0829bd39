"""A model as a graph in the format ONNX, with its tokenizer and config beside it."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from xtl.errors import ConfigError
from xtl.export.sentence_folder import sentence_vectors
from xtl.export.transformers_folder import probe
from xtl.tasks.exported import HeadExport, VectorExport

GRAPH = "model.onnx"

_PACKAGES = ("onnx", "onnxscript")


class _Graph(nn.Module):
    """Two inputs and one output around a model."""

    def __init__(self, model: PreTrainedModel, export: HeadExport | VectorExport) -> None:
        super().__init__()
        self.model = model
        self.export = export

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """``(B, S)`` ids and mask to logits, or to vectors of sentences."""
        if isinstance(self.export, VectorExport):
            return sentence_vectors(self.model, input_ids, attention_mask, self.export.pooling)
        return self.export.model_logits(self.model, input_ids, attention_mask)


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


def write_graph(model: PreTrainedModel, export: HeadExport | VectorExport, folder: Path) -> None:
    """Write the graph of a model: ``input_ids`` and ``attention_mask`` in, ``logits`` or vectors out.

    Batch and length are free. The scores of multiple choice are those of questions with one option.

    Args:
        model: Model of transformers, or an encoder whose last layer is pooled.
        export: Head or vectors.
        folder: Folder to write into.
    """
    names = {name: {0: "batch", 1: "sequence"} for name in ("input_ids", "attention_mask")}
    torch.onnx.export(
        _Graph(model, export).eval(),
        probe(model.config),
        folder / GRAPH,
        input_names=list(names),
        output_names=_output_names(export),
        dynamic_shapes=names,
        dynamo=True,
        verbose=False,
    )


def _output_names(export: HeadExport | VectorExport) -> Sequence[str]:
    return ["sentence_embedding" if isinstance(export, VectorExport) else "logits"]
