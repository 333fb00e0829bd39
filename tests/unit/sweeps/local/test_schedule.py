"""The schedule: no slot without work while there is some, no phase trained twice, each cell started once."""

from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xtl.sweeps.local.schedule import Job, next_job, simulated, waves
from xtl.sweeps.local.slots import Slot, take


def slots(count):
    return [Slot(number=number) for number in range(count)]


def grid(*, intermediates, targets, seeds):
    """Cells of every intermediate phase with every target and seed, seed by seed as a sweep may have them."""
    cells = [(i, t, s) for s in range(seeds) for i in range(intermediates) for t in range(targets)]
    return [
        Job(number=number, phases=(f"i{i}-{s}", f"i{i}-t{t}-{s}"), turn=s)
        for number, (i, t, s) in enumerate(cells)
    ]


def costs_of(jobs, *, intermediate, target):
    return {phase: target if "t" in phase else intermediate for job in jobs for phase in job.phases}


phase_names = st.sampled_from("abcdef")
some_jobs = st.lists(
    st.tuples(st.lists(phase_names, max_size=2, unique=True), st.integers(1, 2), st.integers(0, 2)),
    min_size=1,
    max_size=14,
).map(
    lambda cells: [
        Job(number=number, phases=(*shared, f"own{number}"), devices=devices, turn=turn)
        for number, (shared, devices, turn) in enumerate(cells)
    ]
)
some_costs = st.fixed_dictionaries({name: st.integers(1, 9) for name in "abcdef"})


class Run:
    """A sweep played step by step: what a pool would do, with an ending for each cell."""

    def __init__(self, jobs, count, ending):
        self.waiting, self.running, self.stored = list(jobs), {}, set()
        self.free, self.count, self.started = slots(count), count, []
        self.ending = ending

    def fill(self):
        while start := self.next():
            job, chosen = start
            for other, _ in self.running.values():
                assert not ({*job.phases} & {*other.phases}) - self.stored
            self.waiting.remove(job)
            self.started.append(job.number)
            self.running[job.number] = job, chosen
            self.free = [slot for slot in self.free if slot not in chosen]

    def next(self):
        running = [job for job, _ in self.running.values()]
        return next_job(self.waiting, running, self.stored, free=self.free, slots=self.count)

    def blocked(self, job):
        training = {phase for other, _ in self.running.values() for phase in other.phases} - self.stored
        return bool(({*job.phases} - self.stored) & training)

    def end_one(self, number):
        job, chosen = self.running.pop(number)
        self.free += chosen
        self.stored |= {*job.phases[: self.ending(job)]}


@given(some_jobs, st.integers(2, 5), st.data())
def test_no_slot_is_idle_while_a_cell_could_run_and_each_is_started_once(jobs, count, data):
    """Also where cells fail in any of their phases: the next one that needs it takes over."""
    run = Run(jobs, count, lambda job: data.draw(st.integers(0, len(job.phases))))
    while run.waiting or run.running:
        run.fill()
        for job in run.waiting:
            assert run.blocked(job) or take(run.free, job.devices) is None
        assert run.running
        run.end_one(data.draw(st.sampled_from(sorted(run.running))))
    assert sorted(run.started) == [job.number for job in jobs]


@given(some_jobs, st.integers(2, 5), some_costs)
def test_a_simulation_holds_what_the_schedule_promises(jobs, count, costs):
    costs = {**costs, **{f"own{job.number}": 2 for job in jobs}}
    stretches = simulated(jobs, slots(count), costs)
    assert sorted(stretch.job.number for stretch in stretches) == [job.number for job in jobs]
    times = sorted({stretch.begin for stretch in stretches})
    for time in times:
        used = [slot for other in stretches if other.begin <= time < other.end for slot in other.slots]
        assert len(used) == len(set(used)) <= count


@settings(max_examples=40)
@given(
    st.integers(1, 6), st.integers(1, 4), st.integers(1, 3), st.integers(1, 9),
    st.floats(0.1, 30), st.floats(0.1, 30),
)  # fmt: skip
def test_no_grid_takes_longer_than_the_bound_of_list_schedules(i, t, s, count, intermediate, target):
    jobs = grid(intermediates=i, targets=t, seeds=s)
    costs = costs_of(jobs, intermediate=intermediate, target=target)
    end = max(stretch.end for stretch in simulated(jobs, slots(count), costs))
    work = sum(costs.values())
    assert end <= work / count + (intermediate + target) * (1 - 1 / count) + 1e-6


@pytest.mark.parametrize("intermediate", [0.2, 1, 10, 100])
def test_a_large_plan_takes_at_most_a_tenth_longer_than_it_must(intermediate):
    jobs = grid(intermediates=10, targets=9, seeds=3)
    costs = costs_of(jobs, intermediate=intermediate, target=1)
    end = max(stretch.end for stretch in simulated(jobs, slots(8), costs))
    chain = max(sum(costs[phase] for phase in job.phases) for job in jobs)
    assert end <= 1.1 * max(chain, sum(costs.values()) / 8)


def test_one_phase_is_trained_by_the_first_of_nine_and_the_others_begin_when_it_is_there():
    jobs = grid(intermediates=1, targets=9, seeds=1)
    first, *others = simulated(jobs, slots(4), costs_of(jobs, intermediate=5, target=1))
    assert (first.job.number, first.begin, first.end) == (0, 0, 6)
    assert min(stretch.begin for stretch in others) == 5


def test_meanwhile_cells_of_other_phases_run():
    jobs = [
        Job(number=0, phases=("a", "a1")),
        Job(number=1, phases=("a", "a2")),
        Job(number=2, phases=("b1",)),
    ]
    started = simulated(jobs, slots(2), {"a": 5, "a1": 1, "a2": 1, "b1": 2})
    assert [stretch.job.number for stretch in started] == [0, 2, 1]


def test_seed_follows_seed_where_no_slot_waits():
    jobs = grid(intermediates=4, targets=3, seeds=2)
    started = simulated(jobs, slots(2), costs_of(jobs, intermediate=1, target=1))
    turns = [stretch.job.turn for stretch in started]
    assert turns == sorted(turns)


def test_large_cells_do_not_hold_up_small_ones():
    jobs = [Job(number=0, devices=1), Job(number=1, devices=2), Job(number=2, devices=1)]
    busy = [jobs[0]]
    job, chosen = next_job(jobs[1:], busy, (), free=slots(2)[1:], slots=2)
    assert (job.number, [slot.number for slot in chosen]) == (2, [1])


def test_waves():
    jobs = [*grid(intermediates=2, targets=2, seeds=1), Job(number=4, phases=("alone",)), Job(number=5)]
    assert [[job.number for job in wave] for wave in waves(jobs)] == [[0, 2, 4, 5], [1, 3]]
    assert len(waves(jobs, stored={"i0-0", "i1-0"})) == 1


def test_a_plan_of_a_thousand_cells_takes_seconds():
    jobs = [Job(number=number, phases=(f"i{number // 20}", f"t{number}")) for number in range(1_000)]
    costs = {phase: 1.0 for job in jobs for phase in job.phases}
    begin = process_time()
    assert len(simulated(jobs, slots(8), costs)) == 1_000
    assert process_time() - begin < 1.5
