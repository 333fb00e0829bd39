"""What a phase does next when an attempt fails; attempts are made up, and each test takes no training."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from tests.helpers.cells import composed_cell
from xtl.distributed.group import ALONE, ProcessGroup
from xtl.errors import NonFiniteLossError, OutOfMemoryError
from xtl.pipeline import phase as phases
from xtl.store.divergence import note_divergence
from xtl.store.records import EncoderState, Phase
from xtl.store.store import PhaseStore
from xtl.tasks.build import build_task
from xtl.training.checkpointing import FILE_NAME as CHECKPOINT
from xtl.training.memory import UpdateMemoryError


@pytest.fixture
def attempts(tmp_path, monkeypatch):
    """Run a phase whose attempts fail as told; give the settings of each."""
    store, tried, put_back = PhaseStore(tmp_path), [], []

    def run(*errors, micro_batch="auto", precision="bf16-mixed", group=ALONE):
        errors = list(errors)

        def attempt(phase, encoder, variant, context, earlier):
            trainer = variant.config.trainer
            tried.append((trainer.precision, trainer.micro_batch))
            with store.lock(variant.key):  # and a killed one leaves a checkpoint
                store.unfinished(variant.key).mkdir(parents=True, exist_ok=True)
                (store.unfinished(variant.key) / CHECKPOINT).touch()
            error = errors.pop(0)
            if isinstance(error, NonFiniteLossError) and variant.in_half:
                note_divergence(store.root, variant.key, str(error))
                store.drop_unfinished(variant.key)
            if isinstance(error, Exception):
                raise error
            return error

        monkeypatch.setattr(phases, "_trained", run.attempt or attempt)
        monkeypatch.setattr(phases, "_taken", lambda *_: None)
        monkeypatch.setattr(phases, "_put_back", lambda encoder, _: put_back.append(encoder) or encoder)
        cell = composed_cell("target=pocket_pos", "target.recipe.batch_size=8")
        cell = replace(cell, trainer=replace(cell.trainer, micro_batch=micro_batch, precision=precision))
        context = SimpleNamespace(config=cell, store=store, group=group)
        encoder = EncoderState(pretrained=None, key="parent", trained_ids=None)
        done = phases.run_phase(
            Phase(name="target", task=build_task(cell.target, cell.data)), encoder, context
        )
        return done, tried

    run.tried, run.put_back, run.attempt = tried, put_back, None
    run.checkpoints = lambda: len(list(store.root.glob(f"unfinished/*/{CHECKPOINT}")))
    return run


def short(*, is_agreed=False):
    return UpdateMemoryError("update 2: too large", is_agreed=is_agreed)


def test_memory_that_runs_out_halves_and_a_bad_loss_begins_in_32_bits(attempts):
    nan = NonFiniteLossError("update 7: got nan")
    assert attempts(short(), short(), nan, short(), "done") == (
        "done",
        [("bf16-mixed", None), ("bf16-mixed", 4), ("bf16-mixed", 2), ("32-true", None), ("32-true", 4)],
    )
    assert len(attempts.put_back) == 4, "each attempt begins with the encoder as it was"


def test_a_bad_loss_in_32_bits_is_the_end(attempts):
    nan = NonFiniteLossError("update 7: got nan")
    with pytest.raises(NonFiniteLossError):
        attempts(nan, nan)
    assert attempts.tried == [("bf16-mixed", None), ("32-true", None)]


def test_another_process_that_trained_it_meanwhile_is_asked_again(attempts):
    assert attempts(None, "done") == ("done", [("bf16-mixed", None)] * 2)


@pytest.mark.parametrize("micro_batch", [None, 4])
def test_a_number_given_by_hand_is_not_halved(attempts, micro_batch):
    with pytest.raises(OutOfMemoryError, match="update 2"):
        attempts(short(), micro_batch=micro_batch)


def test_one_of_several_processes_cannot_begin_again_alone(attempts, monkeypatch):
    monkeypatch.setattr(ProcessGroup, "from_main", lambda _, compute: compute())
    two = ProcessGroup(size=2)
    with pytest.raises(OutOfMemoryError, match="update 2"):
        attempts(short(), group=two)
    assert attempts.checkpoints() == 1, "a cell that ends goes on from it, when it is started again"
    assert attempts(short(is_agreed=True), "done", group=two)[0] == "done"


def test_a_cell_that_is_started_again_goes_on_with_the_size_that_it_had_found(attempts):
    with pytest.raises(RuntimeError, match="killed"):
        attempts(short(), short(), RuntimeError("killed"))
    assert attempts.checkpoints() == 1, "those of sizes that did not fit are gone"
    assert attempts.tried == [("bf16-mixed", None), ("bf16-mixed", 4), ("bf16-mixed", 2)]
    with pytest.raises(OutOfMemoryError, match="update 2"):
        attempts(short(), short())
    assert attempts.tried[3:] == [("bf16-mixed", 2), ("bf16-mixed", 1)]
    assert attempts.checkpoints() == 1, "the smallest has nothing that would be tried next"


def test_a_divergence_that_another_process_noted_is_not_trained_into(attempts, tmp_path, monkeypatch):
    trained = phases._trained

    def noted_while_it_waited(phase, encoder, variant, context, earlier):
        if not variant.in_half:
            return "done"
        note_divergence(tmp_path, variant.key, "update 7: got nan")
        return trained(phase, encoder, variant, context, earlier)

    def forbidden(*_, **__):
        raise AssertionError("it is trained")

    monkeypatch.setattr(phases, "PhaseTraining", forbidden)
    monkeypatch.setattr(attempts, "attempt", noted_while_it_waited)
    assert attempts()[0] == "done"


def test_a_validation_that_does_not_fit_is_not_made_smaller_by_micro_batches(attempts):
    with pytest.raises(OutOfMemoryError, match="eval_tokens"):
        attempts(OutOfMemoryError("set trainer.eval_tokens=512"))
