"""The workspace of a sweep as the JSON that would be sent; every name in it is one that cells log."""

import json
import re

import pytest

from xtl.tracking.workspace import sweep_workspace

pytest.importorskip(
    "wandb_workspaces", reason="wandb-workspaces is not installed; pip install wandb-workspaces"
)

LOGGED = re.compile(
    r"tokens|test/udpos/f1/(de|sw|zero_shot_mean)|(intermediate|target)/(rows|total_seconds|train_loss|val_score)"
    r"|target/val_score/(de|sw)"
)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the package's own models
def test_panels_show_what_cells_log():
    workspace = sweep_workspace("team", "xtl", task="udpos", metric="f1", langs=["de", "sw"], group="scaling")
    view = json.loads(workspace._to_model().model_dump_json(by_alias=True, exclude_none=True))
    assert (view["entity"], view["project"], view["displayName"]) == ("team", "xtl", "udpos: scaling")
    sections = {
        section["name"]: section["panels"]
        for section in view["spec"]["section"]["panelBankConfig"]["sections"]
    }
    kinds = {name: [panel["viewType"] for panel in content] for name, content in sections.items()}
    assert kinds["f1 over rows of the intermediate phase"] == ["Scatter Plot"] * 3
    assert kinds["Languages"] == ["Bar Chart"] * 3
    assert kinds["Cost"] == ["Scatter Plot", "Bar Chart"]
    assert kinds["Training"] == ["Run History Line Plot"] * 3
    assert [panel["config"]["mediaKeys"] for panel in sections["Report"]] == [
        ["curves"], ["gains"], ["english"], ["cost"]
    ]  # fmt: skip
    configs = [panel["config"] for content in sections.values() for panel in content]
    names = [name for config in configs for name in config.get("metrics", [])]
    names += [
        config[axis].removeprefix("summary:")
        for config in configs
        for axis in ("xAxis", "yAxis")
        if axis in config
    ]
    assert len(names) > 15
    assert [name for name in names if not LOGGED.fullmatch(name)] == []
    (filters,) = view["spec"]["section"]["runSets"][0]["filters"]["filters"]
    assert (filters["key"]["name"], filters["value"]) == ("group", "scaling")
