from types import SimpleNamespace

import pytest
import torch

from xtl.pipeline.chain import scoring_settings
from xtl.training.device import DeviceSettings


@pytest.mark.parametrize(
    ("trained", "scored"),
    [
        ([], "bf16-mixed"),
        (["bf16-mixed"], "bf16-mixed"),
        (["bf16-mixed", "32-true"], "32-true"),
        (["32-true", "bf16-mixed"], "bf16-mixed"),
    ],
)
def test_what_the_last_phase_left_is_scored_as_it_was_trained(trained, scored):
    device = DeviceSettings(device=torch.device("cpu"), precision="bf16-mixed", eval_tokens=512, devices=2)
    phases = [SimpleNamespace(trainer=SimpleNamespace(precision=precision)) for precision in trained]
    settings = scoring_settings(phases, device)
    assert (settings.precision, settings.eval_tokens, settings.devices) == (scored, 512, 2)
