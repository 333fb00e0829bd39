"""Blocks that are computed a second time for the gradients: the same gradients, to the bit."""

import pytest
import torch

from tests.helpers.tasks import parts
from xtl.errors import BackboneError
from xtl.models import tiny
from xtl.models.kernels import layout, trained_blocks
from xtl.models.kernels.flat_encoder import is_flat


def count_of_blocks(backbone, monkeypatch, *, flat):
    """List that gets an entry each time that a block is computed, of a batch or of a half."""
    calls = []
    if not flat:
        # A hook also has blocks computed layer by layer.
        backbone.blocks[0].attention.register_forward_pre_hook(lambda *_: calls.append(1))
        return calls
    original = trained_blocks.block_states

    def computed(*inputs):
        calls.append(1)
        return original(*inputs)

    monkeypatch.setattr(trained_blocks, "block_states", computed)
    return calls


def gradients(task, monkeypatch, *, recomputed, flat, precision=torch.float32):
    """Gradients of one batch with dropout, and how often blocks were computed."""
    torch.manual_seed(0)  # of the head
    task, pretrained, _, features, module = parts(task)
    backbone = pretrained.backbone
    calls = count_of_blocks(backbone, monkeypatch, flat=flat)
    batch = task.collator(pretrained.tokenizer.pad_token_id)(features)
    torch.manual_seed(5)
    half = torch.autocast("cpu", dtype=precision, enabled=precision != torch.float32, cache_enabled=False)
    module.train()
    for part in module.modules():
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.2
    assert is_flat(backbone.encoder) == flat
    with half:
        if recomputed:
            with backbone.recomputed():
                module.loss(batch).backward()
        else:
            module.loss(batch).backward()
    found = {name: weight.grad for name, weight in module.named_parameters() if weight.grad is not None}
    return found, len(calls), torch.get_rng_state()


@pytest.mark.parametrize("flat", [True, False], ids=["flat", "layers"])
@pytest.mark.parametrize("least", [0, 1 << 60], ids=["halves", "whole"])
@pytest.mark.parametrize(
    ("task", "precision"),
    [
        ("pocket_pos", torch.float32),
        ("pocket_pos", torch.bfloat16),
        ("pocket_retrieval", torch.float32),
        ("pocket_text", torch.float32),
    ],
)
def test_gradients_are_the_same_to_the_bit(monkeypatch, task, precision, flat, least):
    monkeypatch.setattr(layout, "_LEAST", least)
    monkeypatch.setattr(trained_blocks, "can_share_evenly", lambda number: True)
    how = {"flat": flat, "precision": precision}
    plain, once, random = gradients(task, monkeypatch, recomputed=False, **how)
    again, twice, random_again = gradients(task, monkeypatch, recomputed=True, **how)
    assert twice > once
    assert again.keys() == plain.keys()
    assert [name for name, grad in plain.items() if not torch.equal(grad, again[name])] == []
    assert torch.equal(random, random_again), "the next batch gets the same masks too"


def test_nothing_is_left_behind():
    backbone = tiny().backbone
    with backbone.recomputed():
        assert all(block.gradient_checkpointing for block in backbone.blocks)
        # Frozen embeddings must not be asked for a gradient: that of all blocks would be computed for it.
        assert not backbone.encoder.get_input_embeddings()._forward_hooks
    assert not any(block.gradient_checkpointing for block in backbone.blocks)
    assert backbone.encoder.config.use_cache


def test_an_encoder_that_cannot_is_refused(monkeypatch):
    backbone = tiny().backbone
    monkeypatch.setattr(type(backbone.encoder), "supports_gradient_checkpointing", False)
    with (
        pytest.raises(BackboneError, match=r"gradient_checkpointing=true: .*XLMRobertaModel.*micro_batch"),
        backbone.recomputed(),
    ):
        pass
