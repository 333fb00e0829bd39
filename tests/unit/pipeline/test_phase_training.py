"""The encoder computes in training what it computes elsewhere, whatever table its architecture has."""

import pytest
import torch
from torch import nn

from tests.helpers.cells import composed_cell
from xtl.caching.session import SessionCache
from xtl.models import ActiveEmbedding, tiny
from xtl.pipeline.context import RunContext
from xtl.pipeline.phase_training import PhaseTraining
from xtl.pipeline.read import read_phase
from xtl.store.records import EncoderState
from xtl.store.store import PhaseStore
from xtl.training.device import DeviceSettings


class Scaled(nn.Embedding):
    """A table that is not only read, as Gemma's."""

    def forward(self, input_ids):
        return super().forward(input_ids) * 7


TABLES = {
    "plain": (nn.Embedding, {"padding_idx": 1}),
    "without_padding": (nn.Embedding, {}),
    "other_padding": (nn.Embedding, {"padding_idx": 0}),
    "scaled": (Scaled, {"padding_idx": 1}),
    "of_bounded_norm": (nn.Embedding, {"padding_idx": 1, "max_norm": 0.5}),
}


def with_table(kind):
    pretrained = tiny()
    old = pretrained.backbone.encoder.get_input_embeddings()
    factory, settings = TABLES[kind]
    table = factory(old.num_embeddings, old.embedding_dim, **settings)
    table.weight = old.weight
    pretrained.backbone.encoder.set_input_embeddings(table)
    return pretrained


def training_of(pretrained, folder):
    """Training of a small phase with an encoder, and the batches that it reads."""
    cell = composed_cell(
        "target=pocket_pos", "backbone=tiny", "trainer.accelerator=cpu", "trainer.precision=32-true",
        "trainer.compare_selections=false", "data.sizes.train=8", "data.sizes.validation=4",
    )  # fmt: skip
    context = RunContext(
        config=cell,
        device_settings=DeviceSettings.of(cell.trainer),
        store=PhaseStore(folder),
        run_folder=folder,
        cache=SessionCache(),
    )
    training = PhaseTraining(
        phase=read_phase("target", cell.target, cell, context.cache),
        encoder=EncoderState(pretrained=pretrained, key="parent", trained_ids=None),
        context=context,
    )
    _, loaders = training.prepare()
    return training, [*loaders.train, *loaders.validation]


@pytest.mark.parametrize("kind", TABLES)
def test_states_in_training_are_those_of_the_encoder(tmp_path, kind):
    pretrained = with_table(kind)
    training, batches = training_of(pretrained, tmp_path)
    backbone = pretrained.backbone.eval()
    table = backbone.encoder.get_input_embeddings()
    assert any((batch["attention_mask"] == 0).any() for batch in batches), "the test needs padding"

    def states():
        with torch.no_grad():
            return [backbone(batch["input_ids"], batch["attention_mask"]) for batch in batches]

    expected = states()
    with training.trainable() as active:
        is_active = isinstance(backbone.encoder.get_input_embeddings(), ActiveEmbedding)
        assert all(map(torch.equal, states(), expected))
    assert is_active == (active is not None) == (kind not in ("scaled", "of_bounded_norm"))
    assert backbone.encoder.get_input_embeddings() is table
    assert all(map(torch.equal, states(), expected))
