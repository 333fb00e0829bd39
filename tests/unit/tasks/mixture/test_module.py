"""Several modules around one encoder: one object, idle heads left alone, scores by task."""

import io

import pytest
import torch
from torch import nn

from tests.helpers.tasks import SEVERAL, multi_task
from xtl.tasks.mixture.module import MultiTask


def test_modules_around_different_encoders_are_refused():
    module, _ = multi_task()
    other, _ = multi_task()
    with pytest.raises(ValueError, match="one and the same backbone object, got 2 backbones in 2 modules"):
        MultiTask(
            {"a": module.member(SEVERAL[0]), "b": other.member(SEVERAL[1])}, optimizer=module._optimizer
        )


@pytest.mark.parametrize("refuses", [False, True])
def test_threads_may_call_it_where_they_may_call_all_of_its_members(refuses):
    module, _ = multi_task()
    members = {name: module.member(name) for name in SEVERAL}
    members[SEVERAL[-1]].predicts_in_threads = not refuses
    assert MultiTask(members, optimizer=module._optimizer).predicts_in_threads != refuses


def test_the_loss_is_that_of_the_batch_s_task():
    module, batches = multi_task()
    for task in SEVERAL:
        alone = module.member(task).loss(batches[task]["batch"])
        assert module.loss(batches[task]).item() == pytest.approx(alone.item(), abs=1e-6)


@pytest.mark.parametrize("processes", [1, 2])
def test_idle_heads_do_not_move_whether_they_have_a_gradient_or_not(processes):
    module, batches = multi_task()
    module._world_size = lambda: processes
    module.all_gather = lambda index: index.expand(processes)  # all read the same task
    optimizer = module.configure_optimizers()["optimizer"]
    for task in SEVERAL:  # momentum for all
        module.loss(batches[task]).backward()
        assert all(weight.grad is not None for weight in module.backbone.parameters())
        for name, head in module.head.items():
            assert all(
                (weight.grad is None) == (processes == 1 and name != task) for weight in head.parameters()
            )
        module.on_before_optimizer_step(optimizer)
        optimizer.step()
        optimizer.zero_grad()
    before = {name: [weight.clone() for weight in head.parameters()] for name, head in module.head.items()}
    for group in optimizer.param_groups:
        group["lr"] = 1e-2
    module.loss(batches["pocket_nli"]).backward()
    module.on_before_optimizer_step(optimizer)
    optimizer.step()
    for name, head in module.head.items():
        moved = any(
            not torch.equal(now, then) for now, then in zip(head.parameters(), before[name], strict=True)
        )
        assert moved == (name == "pocket_nli")


@pytest.mark.parametrize("processes", [1, 2])
def test_a_head_that_had_an_earlier_turn_of_an_update_learns_from_it(processes):
    module, batches = multi_task()
    module._world_size = lambda: processes
    module.all_gather = lambda index: index.expand(processes)
    optimizer = module.configure_optimizers()["optimizer"]
    for group in optimizer.param_groups:
        group["lr"] = 1e-2
    before = {name: [weight.clone() for weight in head.parameters()] for name, head in module.head.items()}
    turns = ("pocket_pos", "pocket_nli")
    for task in turns:  # two accumulated batches
        module.loss(batches[task]).backward()
    module.on_before_optimizer_step(optimizer)
    optimizer.step()
    for name, head in module.head.items():
        moved = any(map(lambda now, then: not torch.equal(now, then), head.parameters(), before[name]))
        assert moved == (name in turns)


def test_a_loss_that_was_tried_before_a_fit_moves_no_head_in_it():
    module, batches = multi_task()
    module.loss(batches["pocket_pos"]).backward()  # without a trainer, so as one process alone
    module.zero_grad(set_to_none=True)
    module.on_fit_start()
    module._world_size = lambda: 2
    module.all_gather = lambda index: index.expand(2)
    module.loss(batches["pocket_nli"]).backward()
    module.on_before_optimizer_step(module.configure_optimizers()["optimizer"])
    for name, head in module.head.items():
        assert all((weight.grad is not None) == (name == "pocket_nli") for weight in head.parameters())


def test_each_weight_is_trained_once():
    module, _ = multi_task()
    groups = module.configure_optimizers()["optimizer"].param_groups
    trained = [weight for group in groups for weight in group["params"]]
    assert len({id(weight) for weight in trained}) == len(trained)
    heads = sum(weight.numel() for head in module.head.values() for weight in head.parameters())
    encoder = sum(weight.numel() for weight in module.backbone.parameters())
    assert sum(weight.numel() for weight in trained) == heads + encoder


def test_saving_and_loading_keeps_the_sharing():
    module, batches = multi_task()
    with torch.no_grad():
        for weight in module.parameters():
            weight.add_(0.01)
    saved = io.BytesIO()
    torch.save(module.state_dict(), saved)
    saved.seek(0)
    fresh, _ = multi_task()
    fresh.load_state_dict(torch.load(saved, weights_only=True))
    assert len({id(fresh.member(task).backbone) for task in SEVERAL} | {id(fresh.backbone)}) == 1
    for task in SEVERAL:
        assert fresh.loss(batches[task]).item() == pytest.approx(module.loss(batches[task]).item(), abs=1e-6)
    # Training one task of the loaded module moves the encoder of the others.
    before = fresh.loss(batches["pocket_pos"]).item()
    nn.utils.clip_grad_norm_(fresh.parameters(), 1.0)
    optimizer = torch.optim.SGD(fresh.member("pocket_nli").parameters(), lr=0.5)
    fresh.loss(batches["pocket_nli"]).backward()
    optimizer.step()
    assert fresh.loss(batches["pocket_pos"]).item() != pytest.approx(before, abs=1e-6)
