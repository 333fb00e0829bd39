"""Selections of weights where a fit that was killed goes on with other languages to compare by."""

from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from xtl.results import BEST_MEAN, BEST_VALIDATION, LAST
from xtl.training.selection import BestCheckpoints

SCORES = [50.0, 90.0, 80.0, 70.0]
"""Validation scores of four epochs."""


class Fit:
    """The hooks of a fit whose weight is the number of its epoch."""

    def __init__(self, folder, *, selection=BEST_VALIDATION, writes=True):
        self.writes = writes  # or is there no checkpoint
        self.module = nn.Linear(1, 1, bias=False)
        self.folder, self.selection = folder, selection
        self.state = None

    def process(self, langs, epochs, *, has_score=True):
        """Train some epochs in a new process, to be killed in the one after them."""
        validation = SimpleNamespace(compares=bool(langs), scores={})
        self.best = BestCheckpoints(self.folder, selection=self.selection, validation=validation)
        if self.state is not None:
            self.best.load_state_dict(self.state)
        for epoch in epochs:
            self.module.weight.data.fill_(float(epoch))
            # The best epoch of each language is another one.
            validation.scores = {lang: SCORES[epoch - 1 - number] for number, lang in enumerate(langs)}
            metrics = {"val/score": torch.tensor(SCORES[epoch - 1])} if has_score else {}
            trainer = SimpleNamespace(current_epoch=epoch - 1, callback_metrics=metrics)
            self.best.on_train_epoch_end(trainer, self.module)
        if self.writes:
            self.best.write()
        self.state = self.best.state_dict()

    def selected(self):
        """Epochs of all selections, and the epoch whose weights the module has."""
        return self.best.select(self.module), self.module.weight.item()


def selected(folder, *processes, **settings):
    fit = Fit(folder, **settings)
    for langs, epochs in processes:
        fit.process(langs, epochs)
    return fit.selected()


@pytest.mark.parametrize("selection", [BEST_VALIDATION, LAST])
@pytest.mark.parametrize("first", [(), ("en",), ("en", "de")])
@pytest.mark.parametrize("second", [(), ("en",), ("en", "de"), ("de", "en"), ("en", "fr")])
@pytest.mark.parametrize("killed_after", [0, 1, 2, 3])
def test_the_weights_are_those_of_the_selection_whatever_is_compared(
    tmp_path, selection, first, second, killed_after
):
    numbers = range(1, 5)
    epochs, weight = selected(
        tmp_path, (first, numbers[:killed_after]), (second, numbers[killed_after:]), selection=selection
    )
    expected = 2 if selection == BEST_VALIDATION else 4
    assert (epochs.by_selection[selection], weight) == (expected, expected)


@pytest.mark.parametrize("langs", [(), ("en",), ("en", "de")])
@pytest.mark.parametrize("selection", [BEST_VALIDATION, LAST])
def test_files_make_no_difference_to_what_is_selected(tmp_path, langs, selection):
    fits = [Fit(tmp_path / str(writes), selection=selection, writes=writes) for writes in (True, False)]
    for fit in fits:
        fit.process(langs, range(1, 5))
    assert fits[0].selected() == fits[1].selected()
    taken = {epoch for _, epoch in fits[0].state["best"].values()}
    for epoch in taken if langs else taken - {4}:  # the module has the last weights
        weights = []
        for fit in fits:
            fit.best.restore(fit.module, epoch)
            weights.append(fit.module.weight.item())
        assert weights == [epoch, epoch]
    assert not fits[1].folder.exists()


@pytest.mark.parametrize("first", [(), ("en",), ("en", "de"), ("en", "de", "fr")])
@pytest.mark.parametrize("second", [(), ("en",), ("en", "de"), ("en", "de", "fr")])
def test_only_what_judged_all_epochs_is_compared(tmp_path, first, second, caplog):
    (tmp_path / "killed").mkdir()
    (tmp_path / "through").mkdir()
    epochs, _ = selected(tmp_path / "killed", (first, [1, 2]), (second, [3]), (second, [4]))
    through, _ = selected(tmp_path / "through", (second, [1, 2, 3, 4]))
    common = {lang: epoch for lang, epoch in through.oracle.items() if lang in first}
    assert epochs.oracle == common
    by_selection = dict(through.by_selection)
    if first != second:
        by_selection.pop(BEST_MEAN, None)
    assert epochs.by_selection == by_selection
    lost = (through.oracle.keys() - common.keys()) | (through.by_selection.keys() - by_selection.keys())
    if lost:
        assert caplog.text.count("not compared: ") in (1, 2)  # once a process
    if first == second:
        assert not caplog.text


def test_another_set_of_languages_is_not_forgotten_by_the_process_after_it(tmp_path):
    epochs, _ = selected(tmp_path, (("en", "de"), [1]), ((), [2]), (("en", "de"), [3, 4]))
    assert epochs.by_selection == {BEST_VALIDATION: 2, LAST: 4}
    assert epochs.oracle == {}


def test_a_checkpoint_without_the_names_goes_on_as_it_did(tmp_path):
    fit = Fit(tmp_path)
    fit.process(("en", "de"), [1, 2])
    del fit.state["judged"]
    fit.process(("en", "de"), [3, 4])
    epochs, weight = fit.selected()
    assert weight == epochs.by_selection[BEST_VALIDATION] == 2
    assert epochs.by_selection.keys() == {BEST_VALIDATION, BEST_MEAN, LAST}
    assert epochs.oracle.keys() == {"en", "de"}


def test_without_validation_the_last_weights_stay(tmp_path):
    fit = Fit(tmp_path)
    fit.process((), [1, 2], has_score=False)
    fit.process((), [3], has_score=False)
    epochs, weight = fit.selected()
    assert (epochs.by_selection, weight) == ({}, 3)


def test_the_last_weights_are_those_of_the_process_that_ended(tmp_path):
    fit = Fit(tmp_path)
    fit.process(("en",), [1, 2])
    before = dict(fit.state)
    fit.process(("en",), [3])
    fit.best.select(fit.module)
    save_file(
        {"weight": torch.full((1, 1), 7.0)}, tmp_path / "epoch-3.safetensors"
    )  # as a GPU may have had it
    fit.state = before
    fit.process(("en",), [3])
    fit.best.select(fit.module)
    fit.best.restore(fit.module, 3)
    assert fit.module.weight.item() == 3


@pytest.mark.parametrize("damage", ["gone", "other numbers", None])
def test_what_is_wrong_with_files_of_epochs_is_said(tmp_path, damage):
    fit = Fit(tmp_path)
    fit.process((), [1, 2])
    path = tmp_path / "epoch-2.safetensors"
    expected = []
    if damage == "gone":
        path.unlink()
        expected = ["epoch-2.safetensors beside it is missing"]
    elif damage:  # of a shape that would load
        save_file({"weight": torch.full((1, 1), 7.0)}, path)
        expected = ["epoch-2.safetensors beside it is not what was written"]
    assert fit.best.faults({"callbacks": {fit.best.state_key: fit.state}}) == expected
    del fit.state["digests"]  # as an older version wrote it
    faults = fit.best.faults({"callbacks": {fit.best.state_key: fit.state}})
    assert faults == (expected if damage == "gone" else [])
