"""Training of an encoder of multilingual-e5-small's shape: xtl's fit, or transformers.Trainer."""

from typing import Any

from tests.benchmarks.processes import Setting
from tests.benchmarks.transformers_side import BEST
from tests.benchmarks.workloads import small_encoder_workload


def train(kind: str, updates: int, setting: Setting, *, flags: str = "") -> dict[str, Any]:
    """Tokens a second in the second of two epochs, padding left out.

    Args:
        kind: Kind of rows.
        updates: Updates of an epoch; a third of them where that will do.
        setting: Folder, the precision, and whether fewer updates will do.
        flags: Flags of transformers.Trainer; empty: xtl trains.
    """
    import torch

    from tests.benchmarks import transformers_side, xtl_side
    from tests.benchmarks.clock import Clock, training_record
    from xtl.training.device import pick_precision

    updates = -(-updates // 3) if setting.quick else updates
    work = small_encoder_workload(kind, updates=updates)
    precision = pick_precision(setting.precision, torch.device("cpu"))
    clock = Clock(device="cpu", updates=updates)
    folder = setting.folder / "work" / f"{kind}-{flags or 'xtl'}"
    folder.mkdir(parents=True, exist_ok=True)
    if flags:
        trained = transformers_side.train(work, clock=clock, precision=precision, folder=folder, flags=flags)
    else:
        trained = xtl_side.train(work, clock=clock, precision=precision, folder=folder)
    used = "32-true" if flags and flags != BEST else precision
    record = training_record(work, clock, trained, precision=used)
    return record | {"rate": trained["tokens"] / clock.seconds}
