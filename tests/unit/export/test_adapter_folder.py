"""What was added to layers, as matrices of low rank: of the layers that were tuned, by any of their names."""

import copy

import pytest
import torch

from xtl.errors import ConfigError
from xtl.export.adapter_folder import low_rank_factors
from xtl.models import tiny


def changed(target):
    """A tiny encoder, and the same one with a matrix of rank 1 added to the layers of a target."""
    before = tiny().backbone.encoder
    after = copy.deepcopy(before)
    generator = torch.Generator().manual_seed(0)
    for name, part in after.named_modules():
        if f".{name}".endswith(f".{target}"):
            rows, columns = part.weight.shape
            left, right = (torch.randn(size, generator=generator) for size in (rows, columns))
            part.weight.data += torch.outer(left, right)
    return before, after


@pytest.mark.parametrize(
    ("target", "layers"), [("query", 2), ("self.query", 2), ("attention.output.dense", 2), ("dense", 6)]
)
def test_factors_are_those_of_each_layer_that_a_target_stands_for(target, layers):
    before, after = changed(target)
    factors = low_rank_factors(before, after, targets=[target], rank=2)
    assert len(factors) == layers
    for name, (down, up) in factors.items():
        added = after.get_parameter(f"{name}.weight") - before.get_parameter(f"{name}.weight")
        torch.testing.assert_close(up @ down, added.detach(), atol=1e-5, rtol=1e-5)


def test_what_peft_has_other_matrices_for_is_refused():
    before, after = changed("word_embeddings")
    with pytest.raises(ConfigError, match=r"expected linear layers, got embeddings\.word_embeddings \(Emb"):
        low_rank_factors(before, after, targets=["word_embeddings"], rank=2)


def test_other_changed_weights_are_refused():
    before, after = changed("dense")
    with pytest.raises(ConfigError, match=r"expected query to be all that training changed, found 6 other"):
        low_rank_factors(before, after, targets=["query"], rank=2)
