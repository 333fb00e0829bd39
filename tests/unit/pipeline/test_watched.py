"""Selections of a phase from the store: those that the cell which takes it asks for."""

from dataclasses import asdict

import pytest

from tests.helpers.cells import composed_cell
from xtl.caching.session import SessionCache
from xtl.pipeline.read import read_phase
from xtl.pipeline.watched import WATCHED, stored_report
from xtl.training.history import FitReport

SELECTIONS = {"last": 3, "best_validation": 2, "best_mean": 1}


def phase_of(*overrides):
    sizes = ("data.sizes.train=8", "data.sizes.validation=4", "data.sizes.test=4")
    config = composed_cell("target=pocket_pos", "backbone=tiny", *sizes, *overrides)
    return read_phase("target", config.target, config, SessionCache())


def info_of(phase):
    """What ``phase.json`` has of a phase that compared selections by the languages of ``phase``."""
    report = FitReport()
    report.selections, report.oracle = dict(SELECTIONS), {"de": 1}
    return {"report": asdict(report), WATCHED: phase.watched_digests}


@pytest.mark.parametrize(
    ("settings", "selections", "oracle"),
    [
        ("target.langs=[de]", SELECTIONS, {"de": 1}),
        ("target.langs=[de,sw]", {"last": 3, "best_validation": 2}, {}),
        ("trainer.compare_selections=false", {}, {}),
    ],
)
def test_a_cell_has_the_selections_that_it_would_have_without_the_store(settings, selections, oracle):
    info = info_of(phase_of("target.langs=[de]"))
    report = stored_report(info, phase_of(settings))
    assert (report.selections, report.oracle) == (selections, oracle)


def test_a_phase_that_compared_none_is_told_where_some_are_asked_for(caplog):
    info = info_of(phase_of()) | {"report": asdict(FitReport())}
    assert not stored_report(info, phase_of()).selections
    assert "trained with trainer.compare_selections=false" in caplog.text
