"""A checkpoint that cannot be read: damage is set aside and said, what may pass is an error that names it."""

import errno
from pathlib import Path

import pytest
import torch

from xtl.errors import CheckpointError
from xtl.training.checkpointing import usable_checkpoint


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


@pytest.mark.parametrize("content", [b"", b"no checkpoint", "half"])
def test_a_damaged_one_is_set_aside_and_said(checkpoint, content, caplog):
    whole = checkpoint.read_bytes()
    content = whole[: len(whole) // 2] if content == "half" else content
    checkpoint.write_bytes(content)
    assert usable_checkpoint(checkpoint) is None
    assert not checkpoint.exists()
    aside = checkpoint.with_name("checkpoint.pt.damaged")
    assert aside.read_bytes() == content
    assert f"{checkpoint} is damaged" in caplog.text
    assert f"set aside as {aside}, training begins again" in caplog.text


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
