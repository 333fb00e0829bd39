"""What is said of nodes that nobody has started anything on, and of errors that nobody has foreseen."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.helpers.cells import composed_cell
from xtl.caching.session import SessionCache
from xtl.distributed.group import ProcessGroup
from xtl.errors import ConfigError
from xtl.pipeline.context import RunContext
from xtl.pipeline.devices import sole_writer, unexpected
from xtl.runs.claim import CLAIM_FILE
from xtl.store.store import PhaseStore
from xtl.training.device import DeviceSettings


def test_several_nodes_without_tasks_on_them_are_refused_with_what_to_start(tmp_path, monkeypatch):
    monkeypatch.delenv("SLURM_STEP_NUM_NODES", raising=False)
    cell = composed_cell("target=pocket_pos", "backbone=tiny", "trainer.accelerator=cpu", "trainer.nodes=2")
    context = RunContext(
        config=cell,
        device_settings=DeviceSettings.of(cell.trainer),
        store=PhaseStore(),
        run_folder=tmp_path,
        cache=SessionCache(),
    )
    (tmp_path / "results.jsonl").write_text("of an earlier run")
    (tmp_path / "environment.json").write_text("{}")
    with pytest.raises(ConfigError) as error, sole_writer(context):
        pass
    assert (tmp_path / "results.jsonl").read_text() == "of an earlier run"
    assert "nodes: 2" in (tmp_path / "config.yaml").read_text()  # which the message names
    start = f"-m xtl.pipeline.cell {tmp_path}/config.yaml'"
    assert "trainer.nodes=2: expected a task of Slurm on each of 2 nodes, got 1" in str(error.value)
    assert f"'srun --nodes=2 --ntasks-per-node=1 --wait=60 --kill-on-bad-exit=1 python {start}" in str(
        error.value
    )
    assert "'torchrun --nnodes=2 --nproc-per-node=1 --rdzv-backend=c10d" in str(error.value)


@pytest.mark.parametrize(
    ("rank", "variables", "claims"),
    [(0, {}, True), (1, {}, False), (0, {"XTL_CLAIMED": "1"}, False), (1, {"XTL_CLAIMED": "1"}, False)],
)
def test_the_first_of_several_processes_claims_the_run_folder_unless_that_was_done(
    rank, variables, claims, tmp_path, monkeypatch
):
    for name, value in {"TORCHELASTIC_RUN_ID": "1", "RANK": str(rank), **variables}.items():
        monkeypatch.setenv(name, value)
    context = SimpleNamespace(
        group=ProcessGroup(rank=rank, size=2, local_size=2), run_folder=tmp_path, starts_others=False,
        config=SimpleNamespace(backbone=SimpleNamespace(path=None)),
    )  # fmt: skip
    with sole_writer(context):
        assert (tmp_path / CLAIM_FILE).exists() is claims


@pytest.mark.parametrize(("rank", "log"), [("0", "train.log"), ("3", "logs/rank3.log")])
def test_an_error_that_nobody_has_foreseen_names_its_process_and_its_log(rank, log, monkeypatch):
    for name, value in {"TORCHELASTIC_RUN_ID": "1", "RANK": rank, "WORLD_SIZE": "4"}.items():
        monkeypatch.setenv(name, value)
    text = unexpected(ValueError("no\nmore"), Path("run"))
    assert text == f"rank {rank} of 4: ValueError: no; the others were ended; its log: run/{log}"
