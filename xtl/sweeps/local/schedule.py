"""Which cell of a sweep starts next, so that no slot waits for a phase while there is other work; pure."""

import heapq
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from xtl.sweeps.local.slots import Slot, take


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """What a schedule knows of a cell.

    Attributes:
        number: Number of the cell in its sweep.
        phases: Names of the phases that it trains, in order; the same for cells that train the same one.
        devices: Slots that it takes.
        turn: Number of its seed among those of the sweep: those of the first one go first.
    """

    number: int
    phases: tuple[str, ...] = ()
    devices: int = 1
    turn: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Stretch:
    """Time that a cell takes in a simulation.

    Attributes:
        job: Cell that runs.
        slots: Numbers of its slots.
        begin: Time of its start.
        end: Time of its end.
    """

    job: Job
    slots: tuple[int, ...]
    begin: float
    end: float


def next_job(
    waiting: Sequence[Job],
    running: Collection[Job],
    stored: Collection[str],
    *,
    free: Sequence[Slot],
    slots: int,
) -> tuple[Job, list[Slot]] | None:
    """Cell to start now, with its slots.

    A cell is not started while another one trains a phase that it needs; the first of several that need a
    phase trains it, and it goes before the others of its seed. Seed follows seed; but as soon as the phases
    that several cells wait for are fewer than the slots, they are all started, since at the end of the sweep
    they would leave slots without work.

    Args:
        waiting: Cells that have not begun.
        running: Cells in slots.
        stored: Names of the phases that are in the store.
        free: Slots without a cell.
        slots: Number of all slots.

    Returns:
        ``None`` if no cell can start that fits into the free slots.
    """
    if not free:  # asked ten times a second while all slots have work
        return None
    stored = frozenset(stored)
    training = {phase for job in running for phase in job.phases} - stored
    missing = {job.number: {*job.phases} - stored for job in waiting}
    needed = Counter(phase for phases in missing.values() for phase in phases - training)
    shared = {phase for phase, count in needed.items() if count > 1}
    are_urgent = len(shared) < slots

    def order(job: Job) -> tuple[bool, int, bool, int]:
        is_first = not shared.isdisjoint(missing[job.number])
        return not (is_first and are_urgent), job.turn, not is_first, job.number

    choices = ((devices, take(free, devices)) for devices in {job.devices for job in waiting})
    slots_for = {devices: chosen for devices, chosen in choices if chosen is not None}
    ready = [job for job in waiting if job.devices in slots_for and training.isdisjoint(missing[job.number])]
    if not ready:
        return None
    job = min(ready, key=order)
    return job, slots_for[job.devices]


def simulated(
    jobs: Sequence[Job], slots: Sequence[Slot], costs: Mapping[str, float], *, stored: Collection[str] = ()
) -> list[Stretch]:
    """When each cell would run, in order of their starts.

    Args:
        jobs: Cells, none of which needs more slots than there are.
        slots: Slots of the machine.
        costs: Time that each phase takes.
        stored: Phases that are in the store from the beginning.
    """
    waiting, running, free = list(jobs), dict[int, Job](), list(slots)
    done, stretches, now = set(stored), list[Stretch](), 0.0
    # Times at which a phase of a cell is in the store; without a name of a phase: at which the cell ends.
    events: list[tuple[float, int, str]] = []
    slots_of_job: dict[int, list[Slot]] = {}
    while waiting or running:
        while start := next_job(waiting, list(running.values()), done, free=free, slots=len(slots)):
            job, slots_of_job[start[0].number] = start
            waiting.remove(job)
            free = [slot for slot in free if slot not in slots_of_job[job.number]]
            running[job.number], end = job, now
            for phase in job.phases:
                end += 0.0 if phase in done else costs[phase]
                heapq.heappush(events, (end, job.number, phase))
            heapq.heappush(events, (end, job.number, ""))
            numbers = tuple(slot.number for slot in slots_of_job[job.number])
            stretches.append(Stretch(job=job, slots=numbers, begin=now, end=end))
        now, number, phase = heapq.heappop(events)
        while True:  # all that ends at this time, before anything else starts
            if phase:
                done.add(phase)
            else:
                del running[number]
                free = sorted([*free, *slots_of_job.pop(number)], key=lambda slot: slot.number)
            if not events or events[0][0] > now:
                break
            _, number, phase = heapq.heappop(events)
    return stretches


def waves(jobs: Sequence[Job], *, stored: Collection[str] = ()) -> list[list[Job]]:
    """Cells in groups, in each of which no cell waits for a phase of another one.

    Args:
        jobs: Cells in their order.
        stored: Phases that are in the store.
    """
    groups: list[list[Job]] = []
    wave_of: dict[str, int] = dict.fromkeys(stored, -1)
    for job in jobs:
        number = max((wave_of[phase] + 1 for phase in job.phases if phase in wave_of), default=0)
        for phase in job.phases:
            wave_of.setdefault(phase, number)
        groups += [[] for _ in range(number + 1 - len(groups))]
        groups[number].append(job)
    return groups
