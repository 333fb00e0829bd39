"""What is said of a group in which a process failed: the cause, not what followed from it."""

import json
import signal

import pytest
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError, ProcessFailure

from xtl.distributed.launch import _Logs, _what_failed, note_error


@pytest.fixture
def ended(tmp_path, monkeypatch):
    """Message about processes by their exit codes and by what they said."""

    def message(exit_codes, said=()):
        specs = _Logs(tmp_path / "logs")
        specs.reify({rank: {} for rank in exit_codes})
        for rank, text, of_another in said:
            monkeypatch.setenv("TORCHELASTIC_ERROR_FILE", str(specs._error(rank)))
            note_error(text, of_another=of_another)
        failures = {
            rank: ProcessFailure(local_rank=rank, pid=1, exitcode=code, error_file=str(specs._error(rank)))
            for rank, code in exit_codes.items()
        }
        return _what_failed(ChildFailedError("cell", failures), 3, specs, tmp_path / "train.log")

    return message


def test_a_kill_is_named_before_what_it_did_to_the_others(ended, tmp_path):
    lost = (0, "rank 0: another process is gone", True)
    found = ended({0: 1, 1: -signal.SIGKILL, 2: 128 + signal.SIGTERM}, [lost])
    log = tmp_path / "logs/rank1.log"
    assert found.startswith(f"rank 1 of 3 was killed by SIGKILL, and the others were ended; its log: {log}.")


def test_what_a_process_says_itself_is_all_that_is_said(ended):
    lost = (0, "rank 0: another process is gone", True)
    assert ended({0: 1, 2: 1}, [lost, (2, "no space left", False)]) == "no space left"


def test_a_process_that_fails_without_a_word_is_named_by_its_log(ended, tmp_path):
    found = ended({0: -signal.SIGTERM, 2: 3})
    assert found.startswith("rank 2 of 3 ended with exit status 3")
    assert str(tmp_path / "train.log") in ended({0: 3})


def test_without_a_launcher_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.delenv("TORCHELASTIC_ERROR_FILE", raising=False)
    note_error("text")
    monkeypatch.setenv("TORCHELASTIC_ERROR_FILE", str(tmp_path / "error.json"))
    note_error("text")
    assert json.loads((tmp_path / "error.json").read_text())["message"]["message"] == "text"
