"""How long a sweep would take: by the rate that each encoder had before."""

from dataclasses import replace

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


def test_a_plan_for_another_machine_says_which_precision_it_is_for(capsys, monkeypatch):
    monkeypatch.setattr(plan, "usual_rate", lambda *_: None)
    here = planned("small", 9)
    print_plans([here])
    assert "trainer.precision=auto" not in capsys.readouterr().out
    print_plans([replace(here, assumed="32-true")] * 2)
    assert capsys.readouterr().out.count("holds for 32-true, which trainer.precision=auto is on this") == 1


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
