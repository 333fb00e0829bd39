import pytest
import torch

from xtl.models import ActiveEmbedding, active_vocabulary, tiny

USED = [0, 2, 40, 41, 42, 300]
IDS = torch.tensor([[0, 40, 41, 42, 2], [0, 300, 40, 2, 1]])
MASK = (IDS != 1).long()


def table(backbone):
    return backbone.encoder.get_input_embeddings().weight


def states(backbone):
    with torch.no_grad():
        return backbone.eval()(IDS, MASK)


def test_the_output_inside_is_the_same():
    backbone = tiny().backbone
    before = states(backbone)
    with active_vocabulary(backbone, USED) as active:
        assert active.weight.shape == (7, 32)  # six ids and the padding
        assert torch.equal(states(backbone), before)
    assert torch.equal(states(backbone), before)


def test_trained_rows_come_back_and_the_others_are_untouched():
    backbone = tiny().backbone
    before = table(backbone).detach().clone()
    with active_vocabulary(backbone, USED):
        optimizer = torch.optim.AdamW(backbone.parameters(), lr=0.1, weight_decay=0.0)
        backbone(IDS, MASK)[MASK.bool()].square().mean().backward()
        optimizer.step()
        inside = states(backbone)
    after = table(backbone)
    assert after.shape == before.shape
    changed = (after != before).any(dim=1).nonzero().flatten().tolist()
    assert changed == USED  # not 1, the padding: it gets no gradient
    assert torch.equal(states(backbone), inside)


def test_training_with_and_without_gives_the_same_weights():
    tables = []
    for used in (None, USED):
        backbone = tiny().backbone.eval()  # no dropout

        def train(backbone=backbone):
            # plain gradient steps; an id that occurs in both rows adds up
            for _ in range(3):
                backbone.zero_grad()
                backbone(IDS, MASK)[MASK.bool()].square().mean().backward()
                with torch.no_grad():
                    for weight in backbone.parameters():
                        weight -= 0.1 * weight.grad

        if used is None:
            train()
        else:
            with active_vocabulary(backbone, used):
                train()
        tables.append(table(backbone).detach().clone())
    assert torch.allclose(*tables, atol=1e-6)


def test_an_id_that_is_not_active_raises():
    backbone = tiny().backbone
    with active_vocabulary(backbone, USED), pytest.raises(IndexError):
        backbone(torch.tensor([[0, 43, 2]]), torch.ones(1, 3, dtype=torch.int64))


def test_an_id_beyond_the_table_raises():
    backbone = tiny().backbone
    with active_vocabulary(backbone, USED), pytest.raises(IndexError):
        backbone(torch.tensor([[0, backbone.vocab_size, 2]]), torch.ones(1, 3, dtype=torch.int64))


def test_an_error_inside_puts_the_trained_table_back():
    backbone = tiny().backbone
    full = backbone.encoder.get_input_embeddings()

    def train_and_stop():
        with active_vocabulary(backbone, USED) as active:
            active.weight.data += 1.0
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        train_and_stop()
    assert backbone.encoder.get_input_embeddings() is full
    assert torch.equal(table(backbone)[40], table(tiny().backbone)[40] + 1.0)
    assert torch.equal(table(backbone)[43], table(tiny().backbone)[43])


def test_repeated_and_unordered_ids_are_one_row_each():
    backbone = tiny().backbone
    with active_vocabulary(backbone, [42, 0, 42, 2, 40, 300, 41, 0]) as active:
        assert len(active.weight) == 7
        assert torch.equal(active(torch.tensor([42, 0])), table(tiny().backbone)[[42, 0]])


def test_only_the_active_rows_are_parameters():
    backbone = tiny().backbone
    with active_vocabulary(backbone, USED):
        assert max(len(weight) for weight in backbone.parameters()) == 514  # the table of positions


def test_a_table_without_padding():
    full = torch.nn.Embedding(10, 4)
    active = ActiveEmbedding(full, torch.tensor([3, 7]))
    assert active.padding_idx is None
    assert torch.equal(active(torch.tensor([[7, 3]])), full(torch.tensor([[7, 3]])))


class Scaled(torch.nn.Embedding):
    pass


@pytest.mark.parametrize(
    ("other", "name"),
    [
        (torch.nn.Linear(2, 2), "Linear"),
        (Scaled(500, 32), "Scaled"),
        (torch.nn.Embedding(500, 32, max_norm=1.0), "Embedding.*max_norm=1.0"),
        (torch.nn.Embedding(500, 32, scale_grad_by_freq=True), "Embedding.*scale_grad_by_freq=True"),
        (torch.nn.Embedding(500, 32, sparse=True), "Embedding.*sparse=True"),
    ],
)
def test_embeddings_of_another_kind_are_refused(other, name):
    backbone = tiny().backbone
    backbone.encoder.set_input_embeddings(other)
    with (
        pytest.raises(TypeError, match=rf"expected .* type nn\.Embedding, got {name}"),
        active_vocabulary(backbone, []),
    ):
        pass
