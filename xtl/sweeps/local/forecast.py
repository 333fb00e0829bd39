"""What a dry run says of ``hydra/launcher=local``: slots, waves of cells and how long it takes."""

import logging
from collections import Counter
from collections.abc import Sequence

from omegaconf import DictConfig

from xtl.errors import XtlError
from xtl.sweeps.local.schedule import Job, simulated, waves
from xtl.sweeps.local.slots import Slot, take
from xtl.sweeps.planning.dry_run import CellPlan
from xtl.terminal import plain_console

logger = logging.getLogger(__name__)


def forecast(plans: Sequence[CellPlan], slots: Sequence[Slot], rate: float | None) -> str:
    """Describe how cells would share the slots of a machine.

    Args:
        plans: Plans of the cells.
        slots: Slots of the machine.
        rate: Tokens per second of a cell that has a device, or all cores, for itself; ``None``: not known.

    Returns:
        One or two lines.
    """
    phases = {phase.key: phase for plan in plans for phase in plan.phases}
    stored = {key for key, phase in phases.items() if phase.reused}
    seeds = list(dict.fromkeys(phase.seed for phase in phases.values()))
    jobs = [
        Job(
            number=number,
            phases=tuple(phase.key for phase in plan.phases),
            devices=plan.devices,
            turn=seeds.index(plan.phases[0].seed) if plan.phases else 0,
        )
        for number, plan in enumerate(plans)
        if not plan.done and not plan.error
    ]
    large = [job for job in jobs if take(slots, job.devices) is None]
    jobs = [job for job in jobs if job not in large]
    groups = waves(jobs, stored=stored)
    numbers = ", then ".join(f"{len(group):,} cells" for group in groups) or "no cells"
    text = f"{len(slots)} slots ({_kind(slots)}), {len(groups)} waves: {numbers}"
    tokens = {key: float(phase.tokens) for key, phase in phases.items()}
    longest = max((stretch.end for stretch in simulated(jobs, slots, tokens, stored=stored)), default=0.0)
    if longest and rate:
        # A slot has a share of its device, or of all cores.
        share = max(_devices(slots).values())
        text += f"; about {longest * share / rate / 60:,.0f} min, evaluation not counted"
    elif longest:
        text += f"; {longest:,.0f} tokens one after the other, until the last cell has ended"
    if large:
        text += f"\n{len(large)} cells need more devices than there are slots, and would fail"
    return text


def _kind(slots: Sequence[Slot]) -> str:
    if slots[0].device:
        return "GPUs " + ", ".join(f"{name} x {n}" if n > 1 else name for name, n in _devices(slots).items())
    threads = [slot.threads for slot in slots]
    few, many = min(threads), max(threads)
    return f"{few} to {many} cores each" if few < many else f"{few} cores each" if few > 1 else "a core each"


def _devices(slots: Sequence[Slot]) -> Counter[str]:
    return Counter(slot.device for slot in slots)


def print_forecast(plans: Sequence[CellPlan], config: DictConfig, rate: float | None) -> None:
    """Print how ``hydra/launcher=local`` would run the cells.

    Args:
        plans: Plans of the cells.
        config: Config of the sweep.
        rate: Tokens per second, if they are known.

    Raises:
        SystemExit: with status 1 if its slots make no sense.
    """
    # Here, since it asks torch for devices.
    from xtl.sweeps.local.machine import slots_of_machine

    settings = config.hydra.launcher
    try:
        slots = slots_of_machine(
            {str(config.trainer.accelerator)},
            n_jobs=settings.n_jobs,
            cells_per_device=settings.cells_per_device,
        )
    except XtlError as error:
        logger.error("%s", error)
        raise SystemExit(1) from None
    plain_console().print(forecast(plans, slots, rate), soft_wrap=True)
