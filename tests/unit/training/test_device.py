from dataclasses import replace

import pytest
import torch

from tests.helpers.cells import composed_cell
from xtl.config import check_all_shares, dump, load
from xtl.distributed.group import ALONE
from xtl.errors import ConfigError
from xtl.pipeline.cell import run_cell
from xtl.schemas.trainer import TrainerConfig
from xtl.training.device import (
    DeviceSettings,
    check_precision,
    pick_devices,
    pick_precision,
    use_threads,
)
from xtl.training.devices import devices_of

CPU = torch.device("cpu")


def test_more_devices_than_there_are_are_refused(monkeypatch):
    monkeypatch.setattr("xtl.training.device.usable_cores", lambda: 4)
    assert pick_devices(4, CPU) == 4
    with pytest.raises(ConfigError, match=r"expected at most 4, the number of cores .*, got 5"):
        pick_devices(5, CPU)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    with pytest.raises(ConfigError, match="expected at most 2, the number of GPUs, got 3"):
        pick_devices(3, torch.device("cuda"))


def test_auto_is_every_gpu_and_one_process_on_a_cpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 8)
    assert pick_devices("auto", torch.device("cuda")) == 8
    assert pick_devices("auto", CPU) == 1
    cell = composed_cell("target=pocket_pos", "trainer.devices=auto", "trainer.accelerator=cpu")
    assert DeviceSettings.of(cell.trainer).resolved(cell).trainer.devices == 1


def test_a_batch_that_is_compared_within_itself_cannot_be_cut():
    settings = (
        "target=pocket_retrieval",
        "target.lang=[de]",
        "target.recipe.batch_size=8",
        "target.recipe.epochs=1",
    )
    check_all_shares(composed_cell(*settings, "trainer.micro_batch=8"))
    check_all_shares(composed_cell(*settings, "trainer.devices=2", "trainer.micro_batch=4"))
    check_all_shares(composed_cell(*settings, "trainer.micro_batch=auto"))
    with pytest.raises(ConfigError, match=r"trainer\.micro_batch: expected null, or 8 and more, with target"):
        composed_cell(*settings, "trainer.micro_batch=4")
    with pytest.raises(ConfigError, match=r"trainer\.micro_batch_tokens: expected null with target"):
        composed_cell(*settings, "trainer.micro_batch_tokens=4096")


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("trainer.micro_batch=4", "trainer.micro_batch: expected null, or 16 and more"),
        ("trainer.micro_batch_tokens=4096", "trainer.micro_batch_tokens: expected null"),
        ("intermediate.recipe.batch_size=1", "batch_size: expected 2 or more for task 'pocket_retrieval'"),
    ],
)
def test_nor_can_it_in_a_mixture_whose_epochs_are_its_own(setting, expected):
    settings = (
        "target=pocket_pos",
        "intermediate=mixture",
        "intermediate.tasks=[pocket_nli,pocket_retrieval]",
        "+intermediate.settings.pocket_retrieval={lang: de}",
        "intermediate.recipe.batch_size=16",
    )
    check_all_shares(composed_cell(*settings, "trainer.micro_batch=16"))
    with pytest.raises(ConfigError, match=expected):
        composed_cell(*settings, setting)
    # No row of it, no batch of it.
    without = "+intermediate.settings.pocket_retrieval={lang: de, size: 0}"
    check_all_shares(composed_cell(*settings[:3], without, settings[4], setting))


def test_a_run_that_an_older_version_cut_so_is_opened(tmp_path):
    cell = composed_cell(
        "target=pocket_pos", "intermediate=mixture", "intermediate.tasks=[pocket_nli,pocket_retrieval]",
        "+intermediate.settings.pocket_retrieval={lang: de}",
    )  # fmt: skip
    older = replace(cell, trainer=replace(cell.trainer, micro_batch=4))
    with pytest.raises(ConfigError, match="micro_batch: expected null"):
        check_all_shares(older)
    (tmp_path / "config.yaml").write_text(dump(older))
    assert load(tmp_path / "config.yaml", data_needed=False).trainer.micro_batch == 4


def test_float16_on_a_cpu_is_refused_where_it_would_be_computed():
    cell = composed_cell("target=pocket_pos", "trainer.accelerator=cpu", "trainer.precision=16-mixed")
    with pytest.raises(ConfigError, match=r"precision=16-mixed: expected a GPU, got a CPU"):
        DeviceSettings.for_computing(cell.trainer)
    # A login node that only starts others has no GPU.
    assert DeviceSettings.of(cell.trainer).precision == "16-mixed"


@pytest.mark.parametrize("accelerator", ["gpu", "mps"])
def test_a_device_that_is_not_there_is_refused_where_it_would_compute(tmp_path, monkeypatch, accelerator):
    for module in (torch.cuda, torch.backends.mps):
        monkeypatch.setattr(module, "is_available", lambda: False)
    cell = composed_cell("target=pocket_pos", f"trainer.accelerator={accelerator}")
    with pytest.raises(
        ConfigError, match=rf"trainer\.accelerator={accelerator}: expected a GPU .*use cpu or"
    ):
        run_cell(cell, tmp_path)
    assert list(tmp_path.iterdir()) == []
    # A login node that only starts others has none.
    assert DeviceSettings.of(cell.trainer).device == CPU
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert DeviceSettings.for_computing(cell.trainer).device.type == "mps"


def test_auto_devices_that_some_would_have_nothing_to_do_are_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 8)
    cell = composed_cell(
        "target=pocket_pos", "trainer.devices=auto", "trainer.accelerator=gpu", "trainer.precision=32-true",
        "target.recipe.batch_size=4",
    )  # fmt: skip
    with pytest.raises(ConfigError, match=r"at least one example an update for each of 8 devices, got 4"):
        check_all_shares(DeviceSettings.of(cell.trainer).resolved(cell))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            ("trainer.devices=999",),
            r"trainer\.devices: expected at most \d+, the number of cores .*, got 999",
        ),
        (("trainer.precision=16-mixed",), r"trainer\.precision=16-mixed: expected a GPU, got a CPU"),
    ],
)
def test_a_cell_that_this_machine_cannot_run_writes_nothing(tmp_path, settings, message):
    cell = composed_cell(
        "target=pocket_pos", "trainer.accelerator=cpu", "recipe.default.batch_size=999", *settings
    )
    with pytest.raises(ConfigError, match=message):
        run_cell(cell, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_members_of_a_mixture_are_asked_too():
    mixture = ("intermediate=mixture", "intermediate.tasks=[pocket_pos,pocket_nli]", "target=pocket_pos")
    with pytest.raises(ConfigError, match=r"settings\.pocket_pos\.recipe\.batch_size: expected"):
        composed_cell(*mixture, "recipe.default.batch_size=2", "trainer.devices=4")


def test_a_precision_that_the_device_does_not_have_is_refused(monkeypatch):
    cuda = torch.device("cuda")
    with pytest.raises(ConfigError, match=r"precision=16-mixed: .* got a CPU, .* use bf16-mixed"):
        check_precision("16-mixed", CPU)
    with pytest.raises(ConfigError, match=r"precision=tf32: expected a GPU .* got the device cpu"):
        check_precision("tf32", CPU)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "Tesla V100")
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: (7, 0))
    with pytest.raises(ConfigError, match=r"precision=tf32: .*got Tesla V100"):
        check_precision("tf32", cuda)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: (9, 0))
    for name in ("tf32", "16-mixed", "32-true"):
        check_precision(name, cuda)
        assert pick_precision(name, cuda) == name


def test_lightning_gets_a_precision_that_it_knows():
    settings = composed_cell("target=pocket_pos", "trainer.precision=tf32").trainer
    assert devices_of(settings, ALONE)["precision"] == "32-true"


@pytest.fixture
def process(monkeypatch):
    """Stand-in for torch's threads in a process of a machine that has 8 cores for it."""
    state = {"threads": 4, "process": 100}
    monkeypatch.setattr("xtl.training.device.usable_cores", lambda: 8)
    monkeypatch.setattr("xtl.training.device._threads", (0, 0, 0))
    monkeypatch.setattr("os.getpid", lambda: state["process"])
    monkeypatch.setattr(torch, "get_num_threads", lambda: state["threads"])
    monkeypatch.setattr(torch, "set_num_threads", lambda number: state.update(threads=number))
    return state


def threads_of_cells(process, *numbers):
    threads = []
    for number in numbers:
        use_threads(TrainerConfig(threads=number))
        threads.append(process["threads"])
    return threads


def test_threads_that_a_cell_asked_for_are_not_those_of_the_next(process):
    assert threads_of_cells(process, None, 1, None, 2, 6, None, 1, 1, None) == [4, 1, 4, 2, 6, 4, 1, 1, 4]


def test_a_program_may_change_its_threads_between_cells(process):
    assert threads_of_cells(process, 1) == [1]
    process["threads"] = 3
    assert threads_of_cells(process, None, 2, None) == [3, 2, 3]


def test_a_forked_process_has_the_threads_that_it_was_given(process):
    assert threads_of_cells(process, None, 2) == [4, 2]
    process.update(process=101, threads=2)
    assert threads_of_cells(process, None, 1, None) == [2, 1, 2]


def test_no_more_threads_than_a_container_may_use(process, monkeypatch):
    monkeypatch.setattr("xtl.training.device.usable_cores", lambda: 2)
    assert threads_of_cells(process, None, 4, None) == [2, 4, 2]
