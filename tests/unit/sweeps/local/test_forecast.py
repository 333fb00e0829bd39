"""What a dry run says of the slots."""

from xtl.pipeline.plan import PlannedPhase
from xtl.sweeps.local.forecast import forecast
from xtl.sweeps.local.slots import cpu_slots, gpu_slots
from xtl.sweeps.planning.dry_run import CellPlan


def phase(key, tokens, *, reused=False):
    return PlannedPhase(
        key=key, name="target", task="xnli", lang="en", rows=1, seed=1, tokens=tokens, reused=reused
    )


def plans(*, reused=False, **settings):
    shared = phase("a", 60_000, reused=reused)
    return [CellPlan(phases=(shared, phase(f"a{n}", 6_000)), **settings) for n in range(9)]


def test_slots_waves_and_time():
    gpus = gpu_slots(["0", "1"], cells_per_device=1, n_jobs=None, threads=2)
    assert forecast(plans(), gpus, 100) == (
        "2 slots (GPUs 0, 1), 2 waves: 1 cells, then 8 cells; about 15 min, evaluation not counted"
    )
    assert forecast(plans(reused=True), gpus, 100).startswith(
        "2 slots (GPUs 0, 1), 1 waves: 9 cells; about 5 min"
    )


def test_slots_that_share_a_device_or_the_cores_are_slower():
    both = gpu_slots(["0"], cells_per_device=2, n_jobs=None, threads=2)
    assert "(GPUs 0 x 2)" in forecast(plans(), both, 100)
    assert "about 30 min" in forecast(plans(), both, 100)
    cores = cpu_slots(range(4), n_jobs=2, threads=4)
    assert "2 slots (2 cores each)" in forecast(plans(), cores, 100)
    assert "about 30 min" in forecast(plans(), cores, 100)


def test_without_a_rate_tokens_are_counted_and_cells_that_are_done_are_not():
    slot = cpu_slots([0], n_jobs=1, threads=1)
    assert forecast([*plans()[:1], CellPlan(done=True)], slot, None) == (
        "1 slots (a core each), 1 waves: 1 cells; "
        "66,000 tokens one after the other, until the last cell has ended"
    )
    assert forecast([CellPlan(done=True)], slot, None) == "1 slots (a core each), 0 waves: no cells"


def test_cells_without_room_are_counted():
    slot = cpu_slots([0], n_jobs=1, threads=1)
    assert forecast(plans(devices=2), slot, None).endswith(
        "9 cells need more devices than there are slots, and would fail"
    )
