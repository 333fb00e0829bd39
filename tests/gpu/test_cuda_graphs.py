"""Training passes as CUDA graphs: gradients, dropout, what cannot be recorded."""

import pytest
import torch
from torch import nn
from transformers import AutoConfig

from xtl.models import HFBackbone, active_vocabulary

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU"),
]

BERT = {"hidden_size": 64, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 128}
RECORDED = {
    "xlm-roberta": BERT,
    "xlm-roberta-xl": BERT,
    "bert": BERT,
    "roberta": BERT,
    "camembert": BERT,
    "ernie": BERT,
    "electra": {**BERT, "embedding_size": 64},
    "modernbert": {**BERT, "global_attn_every_n_layers": 2, "local_attention": 8},
    "distilbert": {"dim": 64, "n_layers": 3, "n_heads": 4, "hidden_dim": 128},
    "deberta-v2": {**BERT, "relative_attention": True, "pos_att_type": ["p2c", "c2p"]},
}
COMPUTED = {
    "rembert": {**BERT, "input_embedding_size": 64},
    "mpnet": BERT,
    "xlm": {"emb_dim": 64, "n_layers": 3, "n_heads": 4},
}
"""Of those that wait for the GPU, or copy from the CPU, inside a pass."""
ARCHITECTURES = RECORDED | COMPUTED


def backbone_of(kind="xlm-roberta", dropout=0.0):
    config = AutoConfig.for_model(kind, vocab_size=100, pad_token_id=1, **ARCHITECTURES[kind])
    backbone = HFBackbone.from_config(config).cuda()
    for part in backbone.modules():
        if isinstance(part, nn.Dropout):
            part.p = dropout
        for name in ("attention_dropout", "dropout", "dropout_prob"):
            if isinstance(getattr(part, name, None), float):
                setattr(part, name, dropout)
    return backbone


def batches(count=6, lengths=(16, 24, 11), *, padding=3):
    draw = torch.Generator().manual_seed(0)
    for number in range(count):
        ids = torch.randint(5, 90, (4, lengths[number % len(lengths)]), generator=draw)
        mask = torch.ones_like(ids)
        mask[1, ids.shape[1] - padding :] = 0
        yield ids.cuda(), mask.cuda()


def trained(backbone, *, precision=None, count=9, **options):
    """Losses of updates with AdamW."""
    optimizer = torch.optim.AdamW(backbone.parameters(), lr=1e-3, fused=True)
    losses = []
    for ids, mask in batches(count, **options):
        optimizer.zero_grad()
        with torch.autocast("cuda", dtype=precision, enabled=precision is not None):
            states = backbone(ids, mask)
        loss = (states.float().sin() * mask[:, :, None]).sum() / mask.sum()
        loss.backward()
        nn.utils.clip_grad_norm_(backbone.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.detach())
    return torch.stack(losses).cpu()


@pytest.mark.parametrize("precision", [None, torch.bfloat16])
@pytest.mark.parametrize("kind", ARCHITECTURES)
def test_training_is_that_without_graphs(kind, precision):
    expected = trained(backbone_of(kind), precision=precision)
    backbone = backbone_of(kind)
    with backbone.graphed():
        losses = trained(backbone, precision=precision)
        num_graphs = len(backbone._graphed._passes) if backbone._graphed else 0
    torch.testing.assert_close(losses, expected, rtol=1e-4, atol=1e-4)
    assert num_graphs == (2 if kind in RECORDED else 0)  # lengths of 11 and 16 are one shape
    assert expected[-1] < expected[0]


def test_segments_of_pairs_are_those_of_each_batch():
    expected, losses = backbone_of("bert"), backbone_of("bert")
    expected.separator = losses.separator = 50  # which stands somewhere in most of the drawn texts
    wanted = trained(expected)
    with losses.graphed():
        torch.testing.assert_close(trained(losses), wanted, rtol=1e-4, atol=1e-4)
    assert not torch.equal(wanted, trained(backbone_of("bert")))


@pytest.mark.parametrize("padding", [3, 0])
@pytest.mark.parametrize("precision", [None, torch.bfloat16])
def test_dropout_does_not_depend_on_what_is_recorded_yet(precision, padding):
    """So that a fit that goes on, whose first batch of a shape is computed again, draws the same."""
    runs = []
    for again in (False, True):
        backbone = backbone_of(dropout=0.1)
        torch.manual_seed(1)
        with backbone.graphed():
            parts = []
            for _ in range(3):
                if again:
                    backbone._graphed.__init__(backbone.encoder, backbone._last_states, longest=None)
                parts.append(trained(backbone, precision=precision, padding=padding))
        runs.append(torch.cat(parts))
    torch.testing.assert_close(runs[1], runs[0], rtol=1e-5 if precision is None else 1e-2, atol=1e-5)
    assert len(set(runs[0].tolist())) == len(runs[0])


def test_an_encoder_that_waits_for_the_gpu_is_trained_without_graphs(caplog):
    class Waits(nn.Module):
        def forward(self, states):
            states.sum().item()
            return states

    expected = trained(backbone_of(), count=6)
    backbone = backbone_of()
    backbone.encoder.embeddings.LayerNorm = nn.Sequential(backbone.encoder.embeddings.LayerNorm, Waits())
    with backbone.graphed():
        losses = trained(backbone, count=6)
    torch.testing.assert_close(losses, expected, rtol=1e-4, atol=1e-5)
    assert "without CUDA graphs" in caplog.text
    # Dropout still draws.
    assert trained(backbone_of(dropout=0.1), count=3).isfinite().all()


def test_the_active_vocabulary_is_trained_as_without_graphs():
    used = {0, 1, 2, *range(5, 90)}
    weights = []
    for is_graphed in (False, True):
        backbone = backbone_of()
        with active_vocabulary(backbone, used):
            if is_graphed:
                with backbone.graphed():
                    trained(backbone)
                    assert backbone._graphed is not None
            else:
                trained(backbone)
        weights.append(backbone.encoder.get_input_embeddings().weight.detach().cpu())
    torch.testing.assert_close(weights[1], weights[0], rtol=1e-4, atol=1e-5)


def test_memory_is_shared_by_shapes():
    backbone = backbone_of()
    taken = []
    with backbone.graphed():
        for count in (3, 6, 18):
            trained(backbone, count=count, lengths=tuple(range(16, 16 + 8 * (count // 3), 8)))
            taken.append(torch.cuda.memory_reserved())
        assert len(backbone._graphed._passes) >= 5
    assert taken[-1] < 2 * taken[0] + 2**26
