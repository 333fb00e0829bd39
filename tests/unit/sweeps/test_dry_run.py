"""How long a sweep would take: by the rate that each encoder had before."""

import pytest

from xtl.pipeline import plan
from xtl.pipeline.plan import PlannedPhase
from xtl.sweeps.planning.dry_run import CellPlan, print_plans


def planned(backbone, tokens, *, reused=False):
    phase = PlannedPhase(
        key=f"{backbone}-{tokens}", name="target", task="udpos", lang="en", rows=9, seed=1, tokens=tokens,
        reused=reused,
    )  # fmt: skip
    return CellPlan(backbone=backbone, phases=(phase,))


RATES = {"small": 1_000.0, "large": 100.0}


@pytest.mark.parametrize(
    ("plans", "said", "rate"),
    [
        ([planned("small", 600_000)], "about 10 min at 1,000 tokens/s", 1_000.0),
        ([planned("small", 600_000), planned("large", 60_000)], "about 20 min at 1,000 and 100 tokens", None),
        ([planned("small", 600_000), planned("new", 60_000)], None, None),
        ([planned("small", 600_000), planned("new", 60_000, reused=True)], "about 10 min at 1,000 ", None),
        ([planned("new", 60_000)], None, None),
        ([CellPlan(done=True), planned("small", 600_000)], "about 10 min at 1,000 tokens/s", 1_000.0),
    ],
)
def test_minutes_are_those_of_each_encoder_s_tokens(plans, said, rate, capsys, monkeypatch):
    monkeypatch.setattr(plan, "usual_rate", lambda _, backbone: RATES.get(backbone))
    assert print_plans(plans) == rate
    output = " ".join(capsys.readouterr().out.split())
    assert (said or " min at ") in output if said else " min at " not in output
