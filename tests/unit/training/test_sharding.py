"""A twin that is trained in a module's place, and states as one process would have written them.

Processes that really share weights out are in tests/distributed.
"""

import pytest
import torch
from torch import nn

from tests.helpers.tasks import parts
from xtl.models import active_vocabulary
from xtl.schemas.trainer import TrainerConfig
from xtl.training.devices import fitted_module
from xtl.training.selection import weights_of
from xtl.training.sharding import take_weights, twin_of


def test_a_twin_is_the_same_memory_in_other_weights():
    *_, module = parts("pocket_pos")
    twin = twin_of(module)
    own, others = dict(module.named_parameters()), dict(twin.named_parameters())
    assert others.keys() == own.keys()
    for name, weight in own.items():
        assert others[name] is not weight
        assert others[name].data_ptr() == weight.data_ptr()  # so that a copy costs nothing
    assert twin.metric is not module.metric


def test_frozen_weights_and_shared_ones_stay_so():
    *_, module = parts("pocket_pos")
    module.backbone.encoder.embeddings.requires_grad_(requires_grad=False)
    module.again = module.backbone
    twin = twin_of(module)
    assert twin.again is twin.backbone
    assert [weight.requires_grad for weight in twin.parameters()] == [
        weight.requires_grad for weight in module.parameters()
    ]


def test_the_whole_table_is_not_copied():
    *_, module = parts("pocket_pos")
    with active_vocabulary(module.backbone, range(20)) as active:
        twin = twin_of(module)
        table = twin.backbone.encoder.get_input_embeddings()
        assert table is not active
        assert table.full is active.full


def test_weights_come_back():
    *_, module = parts("pocket_pos")
    twin = twin_of(module)
    for part in twin.modules():  # as sharding does: other memory
        for name, weight in part.named_parameters(recurse=False):
            setattr(part, name, nn.Parameter(weight.detach() + 1))
    wanted = weights_of(twin)
    take_weights(module, twin)
    assert all(torch.equal(value, wanted[name]) for name, value in weights_of(module).items())


@pytest.mark.parametrize("strategy", ["single", "ddp", "fsdp2"])
def test_only_weights_that_are_shared_out_need_a_twin(strategy):
    *_, module = parts("pocket_pos")
    fitted = fitted_module(module, TrainerConfig(strategy=strategy))
    assert (fitted is module) == (strategy != "fsdp2")
