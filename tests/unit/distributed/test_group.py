import pytest

from xtl.distributed.group import (
    ALONE,
    ProcessGroup,
    check_size,
    current_group,
    is_worker,
    launched_rank,
    lost_another,
)
from xtl.errors import ProcessGroupError


def test_a_process_alone_asks_nobody(monkeypatch):
    for name in ("RANK", "TORCHELASTIC_RUN_ID"):
        monkeypatch.delenv(name, raising=False)
    assert current_group() is ALONE
    assert not is_worker()
    ALONE.barrier("nothing")
    assert ALONE.from_main(lambda: 3) == 3
    assert ALONE.decided_by_main(lambda: 7) == 7
    assert ALONE.gathered("a") == ALONE.gathered_on_main("a") == ["a"]


def test_a_rank_counts_where_torch_s_launcher_gave_it_alone(monkeypatch):
    monkeypatch.delenv("TORCHELASTIC_RUN_ID", raising=False)
    monkeypatch.setenv("RANK", "none")
    assert launched_rank() == 0
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "1")
    monkeypatch.setenv("RANK", "3")
    assert launched_rank() == 3


def test_a_group_of_another_size_than_the_config_s_is_refused():
    check_size(ALONE, 1, [("world size of the trainer", 1)])
    with pytest.raises(ProcessGroupError, match=r"expected 2 processes .*, got processes of the group: 1"):
        check_size(ALONE, 2)
    group = ProcessGroup(rank=1, size=2)
    with pytest.raises(ProcessGroupError, match=r"rank 1: .* world size of the trainer: 1"):
        check_size(group, 2, [("world size of the trainer", 1)])


def test_errors_of_the_network_are_told_from_others():
    assert lost_another(RuntimeError("[gloo] Connection closed by peer [127.0.0.1]:1"))
    assert not lost_another(RuntimeError("expected scalar type Float but found Half"))
    assert not lost_another(ValueError("socket"))
