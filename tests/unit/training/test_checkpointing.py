"""A checkpoint that cannot be read: damage is set aside and said, what may pass is an error that names it.

And the random state that it holds, of a machine that may have other GPUs than the one that goes on.
"""

import errno
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from xtl.errors import CheckpointError
from xtl.training.checkpoint_file import usable_checkpoint
from xtl.training.checkpointing import Checkpointer


@pytest.fixture
def checkpoint(tmp_path):
    path = tmp_path / "checkpoint.pt"
    torch.save({"weight": torch.zeros(1000)}, path)
    return path


def raising(error):
    def fail(*_, **__):
        raise error

    return fail


def test_a_whole_one_is_used_and_none_is_none(checkpoint):
    assert usable_checkpoint(checkpoint) == checkpoint
    assert usable_checkpoint(checkpoint.with_name("other.pt")) is None


@pytest.mark.parametrize("content", [b"", b"no checkpoint", "half", "other numbers"])
def test_a_damaged_one_is_set_aside_and_said(checkpoint, content, caplog):
    whole = checkpoint.read_bytes()
    if content == "half":
        content = whole[: len(whole) // 2]
    elif content == "other numbers":  # which torch would load
        middle = whole.index(bytes(4000)) + 2000
        content = whole[:middle] + b"\x01" + whole[middle + 1 :]
    checkpoint.write_bytes(content)
    assert usable_checkpoint(checkpoint) is None
    assert not checkpoint.exists()
    aside = checkpoint.with_name("checkpoint.pt.damaged")
    assert aside.read_bytes() == content
    assert f"{checkpoint} is damaged" in caplog.text
    assert f"set aside as {aside}, training begins again" in caplog.text


def test_one_whose_other_files_are_gone_is_set_aside(checkpoint, caplog):
    gone = "epoch-2.safetensors beside it is missing"
    assert usable_checkpoint(checkpoint, faults=lambda content: [gone]) is None
    assert f"{checkpoint} is damaged (epoch-2.safetensors beside it is missing)" in caplog.text


def test_weights_of_another_shape_say_which_setting_it_may_be(tmp_path):
    path = tmp_path / "checkpoint.pt"
    torch.save({"state_dict": torch.nn.Linear(3, 2).state_dict()}, path)
    assert usable_checkpoint(path, torch.nn.Linear(3, 2)) == path
    message = r"\(weight: \(2, 4\)\), got \(2, 3\): .* trainer\.active_vocabulary; run again with those"
    with pytest.raises(CheckpointError, match=message):
        usable_checkpoint(path, torch.nn.Linear(4, 2))
    assert path.is_file()


@pytest.mark.parametrize(
    ("where", "error"),
    [
        ("torch.load", MemoryError()),
        ("torch.load", torch.OutOfMemoryError("out of memory")),
        (
            "torch.load",
            RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes"),
        ),
        ("torch.load", OSError(errno.ENOMEM, "Cannot allocate memory")),
        ("pathlib.Path.open", OSError(errno.EIO, "Input/output error")),
        ("pathlib.Path.open", PermissionError(errno.EACCES, "Permission denied")),
        ("pathlib.Path.open", OSError(errno.EMFILE, "Too many open files")),
    ],
)
def test_what_may_pass_leaves_it_alone_and_is_an_error_that_names_it(checkpoint, monkeypatch, where, error):
    whole = checkpoint.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(where, raising(error))
        with pytest.raises(
            CheckpointError, match=r"checkpoint\.pt: expected a file that can be read, got: "
        ) as raised:
            usable_checkpoint(checkpoint)
    assert "run again" in str(raised.value)
    assert [path.name for path in Path(checkpoint.parent).iterdir()] == ["checkpoint.pt"]
    assert checkpoint.read_bytes() == whole


class Gpus:
    """Stand-in for torch's edge to some GPUs, of which one is trained on; each random state is a number."""

    def __init__(self, monkeypatch, *states, in_use=True):
        self.states = [torch.tensor([state]) for state in states]
        self.untouched = self.states[1:]
        monkeypatch.setattr(torch.cuda, "is_available", lambda: bool(states))
        monkeypatch.setattr(torch.cuda, "is_initialized", lambda: bool(states) and in_use)
        monkeypatch.setattr(torch.cuda, "get_rng_state", lambda device=0: self.states[device])
        monkeypatch.setattr(torch.cuda, "get_rng_state_all", lambda: list(self.states))
        monkeypatch.setattr(torch.cuda, "set_rng_state", self.set_state)
        monkeypatch.setattr(torch.cuda, "set_rng_state_all", self.set_all)

    def set_state(self, state, device=0):
        self.states[device] = state

    def set_all(self, states):
        for device, state in enumerate(states):
            self.set_state(state, device)


def checkpointer(path):
    return Checkpointer(path, every_seconds=0, sampler=SimpleNamespace(skip=lambda batches: None))


def begin_batch(callback):
    callback._group = SimpleNamespace(is_alone=True, decided_by_main=lambda decide: 0)
    callback.on_train_batch_start(SimpleNamespace(global_step=3), None, None, 3)


@pytest.mark.parametrize("before", [(), (1,), (1, 2), (1, 2, 3, 4)])
@pytest.mark.parametrize("after", [(), (7,), (7, 8)])
@pytest.mark.parametrize("is_old", [False, True])
def test_the_random_state_goes_on_with_another_number_of_gpus(tmp_path, monkeypatch, before, after, is_old):
    Gpus(monkeypatch, *before)
    torch.manual_seed(5)
    state = checkpointer(tmp_path).state_dict()
    if is_old:
        state["random"].pop("current", None)
        state["random"] |= {"cuda": torch.cuda.get_rng_state_all()} if before else {}
    expected = torch.rand(3)
    gpus = Gpus(monkeypatch, *after)
    callback = checkpointer(tmp_path)
    callback.load_state_dict(state)
    begin_batch(callback)
    assert torch.equal(torch.rand(3), expected)
    if after:
        assert gpus.states[0].item() == (before or after)[0]
    assert gpus.states[1:] == gpus.untouched


def test_a_cpu_that_trains_beside_a_gpu_leaves_it_alone(tmp_path, monkeypatch):
    gpus = Gpus(monkeypatch, 1, 2, in_use=False)
    callback = checkpointer(tmp_path)
    state = callback.state_dict()
    assert state["random"].keys() == {"cpu"}
    callback.load_state_dict({**state, "random": {**state["random"], "cuda": [torch.tensor([9])]}})
    begin_batch(callback)
    assert [state.item() for state in gpus.states] == [1, 2]
