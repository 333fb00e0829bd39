"""Which epochs a view is shown, and at which step."""

from dataclasses import replace

from xtl.tracking.tracker import Tracker
from xtl.training.history import EpochMetrics


class Shown:
    """A view that keeps what it is shown."""

    name = "shown"

    def __init__(self, next_step=0):
        self.next_step = next_step
        self.steps = []

    def log(self, metrics, step):
        (epoch,) = [value for key, value in metrics.items() if key.endswith("/epoch")]
        self.steps.append((step, epoch))


def epochs(phase, count):
    return [
        EpochMetrics(
            phase=phase, epoch=number, update=10 * number, tokens=number, train_loss=1.0, val_loss=None,
            val_score=None, val_scores={}, seconds=1.0, tokens_per_second=1.0,
        )
        for number in range(1, count + 1)
    ]  # fmt: skip


def test_each_epoch_is_shown_once_and_a_run_that_goes_on_skips_what_was_shown():
    first, second = Shown(), Shown(next_step=21)
    tracker = Tracker([first, second])
    for count in (1, 2, 3, 3):
        tracker.log_epochs(epochs("target a", count))
    assert first.steps == [(10, 1), (20, 2), (30, 3)]
    assert second.steps == [(30, 3)]


def test_a_phase_that_begins_again_is_shown_behind_its_first_attempt():
    view = Shown()
    tracker = Tracker([view])
    before = epochs("intermediate a", 2)
    tracker.log_epochs(before)
    for number, count in enumerate((1, 2, 3, 1, 2)):  # the loss of the fourth epoch is no number
        again = epochs("target b", count)
        again[-1] = replace(again[-1], seconds=number)
        tracker.log_epochs([*before, *again])
    assert view.steps == [(10, 1), (20, 2), (30, 1), (40, 2), (50, 3), (60, 1), (70, 2)]
