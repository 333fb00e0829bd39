"""The commonest first mistakes of another project: errors name the argument and what to do."""

from functools import partial

import pytest
import torch
from torch import nn
from torch.optim import AdamW
from transformers import BertConfig, BertModel

from xtl.errors import ConfigError
from xtl.metrics import classification_metric, tagging_metric
from xtl.models import tiny
from xtl.modules import AdamWLinear, MultiTask, SequenceClassification, TokenTagging, XtlModule

OPTIMIZER = AdamWLinear(lr=1e-3, total_steps=2)


def tagger(backbone=None, optimizer=OPTIMIZER):
    return TokenTagging(
        backbone or tiny().backbone, tags=("A", "B"), metric=tagging_metric("accuracy"), optimizer=optimizer
    )


def batch_of():
    """What a tokenizer gives, and labels."""
    ids = torch.tensor([[0, 7, 8, 2]])
    return {
        "input_ids": ids,
        "attention_mask": torch.ones_like(ids),
        "labels": torch.tensor([[-100, 0, 1, -100]]),
    }


@pytest.mark.parametrize(
    ("backbone", "message"),
    [
        (
            lambda: BertModel(BertConfig(hidden_size=8, num_attention_heads=2, num_hidden_layers=1)),
            "HFBackbone",
        ),
        (tiny, r"pass its \.backbone"),
    ],
)
def test_a_backbone_of_another_kind(backbone, message):
    with pytest.raises(TypeError, match=f"backbone: expected an encoder.*{message}"):
        tagger(backbone())


@pytest.mark.parametrize("optimizer", [AdamW, AdamW([nn.Parameter(torch.ones(1))]), 2e-5])
def test_an_optimiser_in_place_of_a_function(optimizer):
    with pytest.raises(TypeError, match="optimizer: expected a function of the module, such as AdamWLinear"):
        tagger(optimizer=optimizer)


def test_any_function_of_a_module_is_an_optimiser():
    assert tagger(optimizer=lambda module: AdamW(module.parameters())).configure_optimizers().param_groups
    assert tagger(optimizer=partial(OPTIMIZER)).configure_optimizers()["optimizer"].param_groups


def test_keys_that_a_batch_lacks_are_named():
    with pytest.raises(ValueError, match=r"batch of TokenTagging: .*; add .*ids.*, as the types\.py"):
        tagger().training_step(batch_of(), 0)


def test_other_missing_keys_stay_what_they_are():
    class Broken(TokenTagging):
        def loss(self, batch):
            return {}["own"]

    module = Broken(tiny().backbone, tags=("A",), metric=tagging_metric("accuracy"), optimizer=OPTIMIZER)
    with pytest.raises(KeyError, match="own"):
        module.training_step({"ids": [1]}, 0)


def test_steps_take_their_arguments_by_name():
    with pytest.raises(ValueError, match="batch of TokenTagging"):
        tagger().training_step(batch=batch_of(), batch_idx=0)


def test_annotations_for_type_checkers_alone_hide_no_error():
    class Own(TokenTagging):
        def loss(self, batch: "Nowhere") -> torch.Tensor:  # noqa: F821
            return batch["own"]

    module = Own(tiny().backbone, tags=("A",), metric=tagging_metric("accuracy"), optimizer=OPTIMIZER)
    with pytest.raises(KeyError, match="own"):
        module.training_step({"ids": [1]}, 0)


def test_a_batch_of_a_task_that_is_no_member():
    backbone = tiny().backbone
    nli = SequenceClassification(
        backbone, num_classes=3, metric=classification_metric("accuracy"), optimizer=OPTIMIZER
    )
    module = MultiTask({"pos": tagger(backbone), "nli": nli}, optimizer=OPTIMIZER)
    with pytest.raises(ValueError, match="batch of task 'pocket_pos': expected one of the members pos, nli"):
        module.loss({"ids": [1], "member": "pocket_pos", "batch": {}})


def test_a_negative_number_of_classes():
    with pytest.raises(ValueError, match="num_classes: expected a number from 0, got -2"):
        SequenceClassification(
            tiny().backbone, num_classes=-2, metric=classification_metric("accuracy"), optimizer=OPTIMIZER
        )


def test_a_module_without_weights_to_train():
    module = tagger()
    module.requires_grad_(requires_grad=False)
    with pytest.raises(ConfigError, match="whose weights are all frozen"):
        module.configure_optimizers()


def test_segments_of_a_batch_that_the_encoder_does_not_read_are_said_once(caplog):
    module = tagger()
    for segments in ([0, 0, 1, 1], [0, 0, 1, 1]):
        with pytest.raises(ValueError, match=r"add .*ids"):
            module.training_step(batch_of() | {"token_type_ids": torch.tensor([segments])}, 0)
    assert caplog.text.count("token_type_ids of a batch are not read") == 1


@pytest.mark.parametrize("segments", [[[0, 0, 1, 1]], torch.zeros(1, 4, dtype=torch.int64)])
def test_a_module_of_ones_own_without_a_backbone_may_have_segments(segments, caplog):
    class Own(XtlModule):
        def loss(self, batch):
            raise ArithmeticError("as far as here")

        validate = predict_step = loss

    with pytest.raises(ArithmeticError):
        Own(OPTIMIZER).training_step({"ids": [1], "token_type_ids": segments}, 0)
    assert not caplog.text
