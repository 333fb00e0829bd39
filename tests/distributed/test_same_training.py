"""A cell trains the same on several processes, or a few examples at a time, as on one at once."""

import json
import time
from functools import partial
from unittest.mock import patch

import pytest
import torch
from safetensors.torch import load_file

from tests.helpers.cells import composed_cell
from tests.helpers.processes import run_group
from xtl.distributed.group import joined
from xtl.models import HFBackbone
from xtl.modules.base import XtlModule
from xtl.pipeline.cell import run_cell
from xtl.store.store import PhaseStore
from xtl.training.checkpointing import Checkpointer
from xtl.training.selection import BestCheckpoints

pytestmark = pytest.mark.slow

SETTINGS = (
    "backbone=tiny", "trainer.accelerator=cpu", "trainer.precision=32-true", "trainer.save_encoder=false",
    "data.sizes.validation=6", "data.sizes.test=6", "target.langs=[de]",
)  # fmt: skip
FEW_UPDATES = (
    "target.recipe.batch_size=8", "data.sizes.train=14", "target.recipe.lr=1e-3", "target.recipe.dropout=0",
    "target.recipe.epochs=3", "trainer.compare_selections=false",
)  # fmt: skip
TWENTY_UPDATES = (*FEW_UPDATES[:-2], "target.recipe.epochs=10")
MIXTURE = ("intermediate=mixture", "intermediate.tasks=[pocket_pos,pocket_nli]")
CELLS = {
    "tagging": ("target=pocket_pos", *TWENTY_UPDATES, "trainer.compare_selections=true"),
    "classification": ("target=pocket_nli", *FEW_UPDATES),
    "questions": ("target=pocket_qa", *FEW_UPDATES),
    "choices": ("target=pocket_choice", *FEW_UPDATES),
    "retrieval": ("target=pocket_retrieval", *FEW_UPDATES, "target.lang=[de]"),
    # A last batch of one pair has no gradient, nor has the first of the two matrices at the first update.
    "retrieval_alone": (
        "target=pocket_retrieval", *FEW_UPDATES, "target.lang=[de]", "target.recipe.batch_size=4",
        "data.sizes.train=9",
    ),
    "retrieval_lora": (
        "target=pocket_retrieval", *FEW_UPDATES, "target.lang=[de]", "target.recipe.batch_size=4",
        "data.sizes.train=12", "tuning=lora", "tuning.dropout=0",
    ),
    "mixture": (
        *MIXTURE, "intermediate.recipe.epochs=3", "recipe.default.batch_size=8", "recipe.default.dropout=0",
        "target=pocket_pos", "target.recipe.epochs=1", "data.sizes.train=14",
    ),
    "seven": (
        "target=pocket_pos", *FEW_UPDATES, "data.sizes.train=7", "target.recipe.batch_size=3",
    ),
}  # fmt: skip
"""Cells of some updates, the first of 20, without dropout."""
SHARDED = {
    "classification_sharded": (
        *CELLS["classification"], "trainer.strategy=fsdp2", "trainer.compare_selections=true"
    ),
    "retrieval_sharded": (*CELLS["retrieval"], "trainer.strategy=fsdp2"),
}  # fmt: skip
"""The same with weights shared out; other selections read those of the first after each epoch."""
STOPPED = {
    "classification_stopped": (
        *CELLS["classification"], "trainer.strategy=fsdp2", "trainer.gradient_checkpointing=true",
        "trainer.checkpoint_seconds=0",
    ),
}  # fmt: skip
"""A cell that an error ends at its fourth update, and that is run again; blocks are computed twice."""


class StopError(RuntimeError):
    """The error."""


def run_cells(rank, folder, names, *overrides):
    """Run cells one after the other, in a group if the process is one of several."""
    begin = XtlModule.on_fit_start

    def without_dropout(module):
        begin(module)
        for part in module.modules():
            if isinstance(part, torch.nn.Dropout):
                part.p = 0.0

    seeds = {}

    def keep_seed(module, batch, batch_idx):
        if batch_idx == 0 and module.current_epoch == 0:
            seeds.setdefault(name, torch.initial_seed())

    torch.set_num_threads(1)
    with (
        patch.object(XtlModule, "on_fit_start", without_dropout),
        patch.object(XtlModule, "on_train_batch_start", keep_seed),
        patch("xtl.training.device.usable_cores", lambda: 8),
        joined("cpu") as group,
    ):
        for name in names:
            settings = (CELLS | SHARDED | STOPPED)[name]
            cell = composed_cell(*settings, *SETTINGS, f"trainer.devices={group.size}", *overrides)
            run_folder = folder / name
            run_folder.mkdir(parents=True, exist_ok=True)
            if name in STOPPED:
                with patch.object(Checkpointer, "on_train_batch_start", _stop), pytest.raises(StopError):
                    run_cell(cell, run_folder, store=PhaseStore(run_folder / "store"))
                assert list((run_folder / "store").glob("unfinished/*/checkpoint.pt"))
            run_cell(cell, run_folder, store=PhaseStore(run_folder / "store"))
    (folder / f"seeds{rank}.json").write_text(json.dumps(seeds))


def _stop(self, trainer, *arguments, begin=Checkpointer.on_train_batch_start):
    begin(self, trainer, *arguments)
    if trainer.global_step == 4:
        raise StopError


def counts_of(run_folder):
    """Which examples were predicted rightly."""
    return {path.name: path.read_bytes() for path in sorted((run_folder / "counts").rglob("*.parquet"))}


def losses_and_weights(run_folder):
    lines = (run_folder / "metrics.jsonl").read_text().splitlines()
    tokens = [json.loads(line)["tokens"] for line in lines]
    losses = [json.loads(line)["train_loss"] for line in lines]
    weights = {}
    for entry in (run_folder / "store").glob("*/phase.json"):
        phase = json.loads(entry.read_text())["summary"]["phase"]
        for name in ("encoder", "head"):
            for key, weight in load_file(entry.parent / f"{name}.safetensors").items():
                weights[phase, name, key] = weight
    return losses, tokens, weights


def assert_same_training(one, other):
    losses, tokens, weights = losses_and_weights(one)
    losses_of_other, tokens_of_other, weights_of_other = losses_and_weights(other)
    assert tokens_of_other == tokens, "each example once an epoch"
    assert losses_of_other == pytest.approx(losses, abs=1e-4)
    assert len(set(losses)) > 1, "the test needs a loss that moves"
    assert weights_of_other.keys() == weights.keys()
    apart = torch.cat([(weights_of_other[key] - weight).abs().flatten() for key, weight in weights.items()])
    # Adam makes steps out of the rounding of gradients that are nothing else, such as that of a bias which
    # moves all scores alike.
    assert apart.max() < 2e-3
    assert apart.mean() < 1e-6


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    run_group(partial(run_cells, folder=folder, names=list(CELLS)), 1)
    return folder


@pytest.fixture(scope="module")
def together(tmp_path_factory):
    folder = tmp_path_factory.mktemp("together")
    run_group(partial(run_cells, folder=folder, names=[*CELLS, *SHARDED, *STOPPED]), 2)
    return folder


def test_each_process_draws_masks_of_its_own(whole, together):
    alone = json.loads((whole / "seeds0.json").read_text())
    first, second = (json.loads((together / f"seeds{rank}.json").read_text()) for rank in (0, 1))
    assert len(alone) == len(CELLS)
    for name, seed in alone.items():
        assert first[name] == seed
        assert second[name] != seed


def test_two_processes_train_as_one_does(whole, together):
    for name in CELLS:
        assert_same_training(whole / name, together / name)


def test_two_processes_that_share_weights_out_train_as_one_does(whole, together):
    for name in SHARDED:
        plain = name.removesuffix("_sharded")
        assert_same_training(whole / plain, together / name)
        assert counts_of(whole / plain) == counts_of(together / name) != {}
    assert len(list((together / "classification_sharded/store").glob("*/epoch-*.safetensors"))) > 0


def test_weights_that_are_shared_out_go_on_from_a_checkpoint(together):
    losses, tokens, weights = losses_and_weights(together / "classification_sharded")
    losses_again, tokens_again, weights_again = losses_and_weights(together / "classification_stopped")
    assert (losses_again, tokens_again) == (losses, tokens)
    assert [name for name, weight in weights.items() if not torch.equal(weights_again[name], weight)] == []


def test_so_many_positions_at_a_time_train_as_all_at_once(whole, tmp_path):
    names = ["tagging", "choices"]
    run_group(partial(_in_positions, folder=tmp_path, names=names), 2)
    for name in names:
        assert_same_training(whole / name, tmp_path / name)
    line = json.loads((tmp_path / "tagging/results.jsonl").read_text().splitlines()[0])
    assert (line["devices"], line["micro_batch"], line["micro_batch_tokens"]) == (2, 0, 64)


def test_a_few_examples_at_a_time_train_as_all_at_once(whole, tmp_path):
    names = [name for name in CELLS if name not in ("retrieval", "mixture")]
    run_group(partial(_in_micro_batches, folder=tmp_path, names=names), 1)
    for name in names:
        assert_same_training(whole / name, tmp_path / name)


def test_three_processes_train_on_seven_examples_as_one_does(whole, tmp_path):
    names = ["seven"]
    run_group(partial(run_cells, folder=tmp_path, names=names), 3)
    assert_same_training(whole / "seven", tmp_path / "seven")
    line = json.loads((tmp_path / "seven/results.jsonl").read_text().splitlines()[0])
    assert (line["devices"], line["micro_batch"]) == (3, 0)


def _in_micro_batches(rank, folder, names):
    run_cells(rank, folder, names, "trainer.micro_batch=4")


def test_processes_find_together_what_fits_and_leave_16_bits_together(tmp_path):
    run_group(partial(_with_fallbacks, folder=tmp_path, names=["seven"]), 2)
    line = json.loads((tmp_path / "seven/results.jsonl").read_text().splitlines()[0])
    assert (line["devices"], line["micro_batch"], line["precision"]) == (2, 1, "bf16-mixed")
    assert line["retried"] == "target"
    run_group(partial(run_cells, folder=tmp_path / "hand", names=["seven"]), 2)
    assert_same_training(tmp_path / "hand/seven", tmp_path / "seven")


def _with_fallbacks(rank, folder, names):
    """Memory of the first process for one example at once, losses that are no numbers in 16 bits."""
    forward, step = HFBackbone.forward, XtlModule.training_step

    def limited(backbone, input_ids, *args, **settings):
        if not rank and torch.is_grad_enabled() and len(input_ids) > 1:
            raise torch.OutOfMemoryError("out of memory")
        return forward(backbone, input_ids, *args, **settings)

    def diverging(module, batch, batch_idx):
        loss = step(module, batch, batch_idx)
        if torch.is_autocast_enabled("cpu") and module.global_step == 2:
            return module.check_finite_loss(loss * float("nan"), batch["ids"])
        return loss

    with (
        patch.object(HFBackbone, "forward", limited),
        patch.object(XtlModule, "training_step", diverging),
    ):
        settings = ("trainer.micro_batch=auto", "trainer.precision=bf16-mixed")
        run_cells(rank, folder, names, *settings)


def _in_positions(rank, folder, names):
    run_cells(rank, folder, names, "trainer.micro_batch_tokens=64")


def run_with_a_slow_reader(rank, folder):
    """Run a cell whose second process comes late to the files of the epochs; give whether they were there."""
    seen = []

    def late(self, module, *, select=BestCheckpoints.select):
        if rank:
            time.sleep(2)
        seen.append(bool(list(folder.glob("*/store/unfinished/*/epoch-*.safetensors"))))
        return select(self, module)

    with patch.object(BestCheckpoints, "select", late):
        run_cells(rank, folder, ["tagging"], "target.recipe.epochs=2")
    return seen


def test_files_of_epochs_stay_until_the_last_process_has_read_them(tmp_path):
    assert run_group(partial(run_with_a_slow_reader, folder=tmp_path), 2) == [[True], [True]]
