"""Slots: devices by the names that CUDA has for them, cores divided, nothing that is not there."""

import pytest

from xtl.errors import ConfigError
from xtl.sweeps.local.slots import Slot, cpu_slots, gpu_slots, take, visible, visible_devices


def test_cores_are_divided_and_none_is_given_twice():
    made = cpu_slots([7, 0, 1, 4, 5], n_jobs=2, threads=5)
    assert [slot.cores for slot in made] == [(0, 1), (4, 5, 7)]
    assert [slot.threads for slot in made] == [2, 3]


def test_a_container_with_a_share_of_the_cores_has_threads_for_that_share():
    made = cpu_slots(range(16), n_jobs=2, threads=4)
    assert [len(slot.cores) for slot in made] == [8, 8]
    assert [slot.threads for slot in made] == [2, 2]


@pytest.mark.parametrize(("threads", "count"), [(1, 1), (2, 1), (8, 2), (64, 16)])
def test_a_slot_has_four_cores_where_nothing_is_said(threads, count):
    assert len(cpu_slots(range(threads), n_jobs=None, threads=threads)) == count


def test_where_the_system_does_not_say_which_cores_there_are_cells_may_use_all():
    assert [slot.cores for slot in cpu_slots([], n_jobs=2, threads=2)] == [(), ()]


@pytest.mark.parametrize("n_jobs", [0, -1])
def test_no_slots_are_refused(n_jobs):
    with pytest.raises(ConfigError, match=f"n_jobs: expected a number from 1 on, got {n_jobs}"):
        cpu_slots([0, 1], n_jobs=n_jobs, threads=2)
    with pytest.raises(ConfigError, match=f"n_jobs: expected a number from 1 on, got {n_jobs}"):
        gpu_slots(["0"], cells_per_device=1, n_jobs=n_jobs, threads=2)
    with pytest.raises(ConfigError, match="cells_per_device: expected a number from 1 on"):
        gpu_slots(["0"], cells_per_device=n_jobs, n_jobs=None, threads=2)


def test_more_slots_than_there_is_room_for_are_refused():
    with pytest.raises(ConfigError, match=r"n_jobs: expected at most 2, the number of cores .*, got 3"):
        cpu_slots([0, 1], n_jobs=3, threads=2)
    with pytest.raises(
        ConfigError,
        match=r"at most 2 \(2 GPUs with 1 cells each\), got 3.*give hydra.launcher.cells_per_device=2",
    ):
        gpu_slots(["0", "1"], cells_per_device=1, n_jobs=3, threads=8)


def test_gpus_have_as_many_slots_as_cells_share_one():
    made = gpu_slots(["0", "GPU-8a"], cells_per_device=2, n_jobs=None, threads=8)
    assert [slot.device for slot in made] == ["0", "GPU-8a", "0", "GPU-8a"]
    assert {slot.threads for slot in made} == {2}
    assert [slot.device for slot in gpu_slots(["0", "1"], cells_per_device=2, n_jobs=3, threads=8)] == list(
        "010"
    )


@pytest.mark.parametrize(
    ("value", "count", "names"),
    [
        (None, 3, ["0", "1", "2"]),
        ("2,0", 2, ["2", "0"]),
        ("0,9,1", 1, ["0"]),  # nothing is seen behind a device that is not there
        (" 1 , 3", 2, ["1", "3"]),
        ("", 0, []),
        ("-1", 0, []),
        ("GPU-8a5e,GPU-1c", 2, ["GPU-8a5e", "GPU-1c"]),
        ("MIG-a,MIG-b,MIG-a", 1, ["MIG-a", "MIG-b"]),  # of several, a process sees one
    ],
)
def test_names_of_devices(value, count, names):
    environment = {} if value is None else {"CUDA_VISIBLE_DEVICES": value}
    assert visible_devices(environment, count=count) == names


def test_a_cell_sees_its_own_devices_alone():
    assert visible([Slot(number=0, device="3"), Slot(number=1, device="MIG-b")]) == {
        "CUDA_VISIBLE_DEVICES": "3,MIG-b"
    }
    assert visible([Slot(number=0, cores=(0, 1))]) == {}


def test_a_cell_on_several_devices_has_each_of_them_once():
    free = gpu_slots(["0", "1"], cells_per_device=2, n_jobs=None, threads=8)
    assert [slot.device for slot in take(free, 2)] == ["0", "1"]
    assert take(free, 3) is None
    assert [slot.number for slot in take([free[0], free[2], free[1]], 1)] == [0]
    assert [slot.number for slot in take(free[1:], 1)] == [1]  # of the device with more room
    assert take(cpu_slots([0, 1], n_jobs=2, threads=2), 2) is not None
