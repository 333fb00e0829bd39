"""The weights of an encoder without the rows of its embedding table that training has not touched.

A multilingual table is four fifths of a small encoder, and a phase reads a few thousand of its rows.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from xtl.errors import CheckpointError
from xtl.models.backbone import HFBackbone
from xtl.models.feed_forward import resize_feed_forward

_ROWS, _VALUES = "embedding_rows", "embedding_values"


def partial_state(backbone: HFBackbone, rows_A: Tensor | None) -> dict[str, Tensor]:
    """Give all weights but the table, and some rows of the table.

    Args:
        backbone: Encoder.
        rows_A: Ids of the rows, int64; ``None``: all.
    """
    table, table_name = _table(backbone), _table_name(backbone)
    ids_A = torch.arange(table.num_embeddings) if rows_A is None else rows_A
    # On the CPU, and contiguous, as safetensors wants what it writes.
    state = {
        name: weight.detach().cpu().contiguous()
        for name, weight in backbone.state_dict().items()
        if name != table_name
    }
    return {**state, _ROWS: ids_A, _VALUES: table.weight.detach().cpu()[ids_A].contiguous()}


def load_partial_state(backbone: HFBackbone, state: Mapping[str, Tensor]) -> Tensor:
    """Put what :func:`partial_state` gave into an encoder that has the untouched rows already.

    Args:
        backbone: Encoder, which is changed.
        state: Weights that :func:`partial_state` gave.

    Returns:
        The ids of the rows that were put in.

    Raises:
        CheckpointError: if the weights are those of another encoder.
    """
    weights = dict(state)
    ids_A, values_AH = weights.pop(_ROWS), weights.pop(_VALUES)
    expected = set(backbone.state_dict()) - {_table_name(backbone)}
    if set(weights) != expected:
        odd = sorted(set(weights) ^ expected)[:3]
        raise CheckpointError(f"expected the weights of this encoder, got others: {', '.join(odd)}")
    table = _table(backbone)
    resize_feed_forward(backbone, weights)  # an adapter leaves wider blocks
    try:
        # Not strict: the table is not among them; that nothing else is missing was checked above.
        backbone.load_state_dict(weights, strict=False)
        with torch.no_grad():
            table.weight[ids_A.to(table.weight.device)] = values_AH.to(table.weight.device)
    except (RuntimeError, IndexError) as error:
        raise CheckpointError(f"expected weights of this encoder's shapes, got: {error}") from error
    return ids_A


def _table(backbone: HFBackbone) -> nn.Embedding:
    table = backbone.encoder.get_input_embeddings()
    if not isinstance(table, nn.Embedding):
        raise TypeError(f"expected input embeddings of type nn.Embedding, got {type(table).__name__}")
    return table


def _table_name(backbone: HFBackbone) -> str:
    table = _table(backbone)
    # Architectures name their table differently, so the object is looked up, not the name.
    names = {id(module): name for name, module in backbone.named_modules()}
    return f"{names[id(table)]}.weight"
