"""Which phases cells share by their settings, as the store will see it, and the waves that follow."""

from types import SimpleNamespace

import pytest
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.plugins import Plugins
from hydra.types import RunMode

from tests.helpers.cells import composed_cell
from xtl import config
from xtl.caching.session import SessionCache
from xtl.pipeline.plan import plan_cell
from xtl.store.store import PhaseStore
from xtl.sweeps import plugins
from xtl.sweeps.launch import compose_once
from xtl.sweeps.phases import distinct_cells, phases_of

SETTINGS = (
    "backbone=tiny", "trainer.accelerator=cpu", "trainer.precision=32-true", "data.sizes.train=8",
    "data.sizes.validation=4", "data.sizes.test=4", "intermediate=pocket_nli",
)  # fmt: skip
FIRST = ("target=pocket_pos", "seed=1")
OTHERS = [
    # Cell beside the first one, and whether it shares its intermediate and its target phase.
    (("target=pocket_pos", "target.langs=[de]"), True, True),
    (("target=pocket_ner",), True, False),
    (("target=pocket_pos", "seed=2"), False, False),
    (("target=pocket_pos", "intermediate.lang=de"), False, False),
    (("target=pocket_pos", "intermediate.recipe.lr=1e-2"), False, False),
    (("target=pocket_pos", "target.recipe.lr=1e-2"), True, False),
    (("target=pocket_pos", "intermediate.size=4"), False, False),
    (("target=pocket_pos", "trainer.micro_batch=2"), False, False),
    (("target=pocket_pos", "trainer.kernels=torch"), False, False),
    (("target=pocket_pos", "trainer.threads=1"), True, True),
]


def shared(first, second):
    return [first.get(name) == second.get(name) for name in ("intermediate", "target")]


@pytest.mark.parametrize(("overrides", "intermediate", "target"), OTHERS)
def test_cells_share_a_phase_where_its_settings_are_the_same(overrides, intermediate, target):
    first, second = (phases_of(composed_cell(*SETTINGS, *own)) for own in (FIRST, overrides))
    assert list(first) == ["intermediate", "target"]
    assert shared(first, second) == [intermediate, target]


def test_the_store_will_see_the_same():
    cache = SessionCache()
    cells = [composed_cell(*SETTINGS, *own) for own in (FIRST, *(overrides for overrides, *_ in OTHERS))]
    keys = [{phase.name: phase.key for phase in plan_cell(cell, PhaseStore(), cache)} for cell in cells]
    names = [phases_of(cell) for cell in cells]
    for other in range(1, len(cells)):
        assert shared(names[0], names[other]) == shared(keys[0], keys[other]), OTHERS[other - 1]


def test_a_phase_that_trains_nothing_is_none_and_baselines_share_their_target():
    first, second = (
        phases_of(composed_cell(*SETTINGS, *FIRST, f"intermediate.lang={lang}", "intermediate.fraction=0"))
        for lang in ("en", "de")
    )
    assert list(first) == ["target"]
    assert first == second


def alike(*_):
    """That cells which say that they have no intermediate rows are one, as they nearly always are."""
    return True


def batches_of(launcher, *grid):
    """Cells of a grid as a sweeper hands them to a launcher."""
    config.register()
    plugins.register()
    with initialize_config_dir(str(config.conf_dir()), version_base="1.3"):
        loader = GlobalHydra.instance().config_loader()
        sweep = loader.load_configuration("train", [f"hydra/launcher={launcher}", *grid], RunMode.MULTIRUN)
        sweeper = Plugins.instance()._instantiate(sweep.hydra.sweeper)
        compose_once(loader)
        sweeper.config, sweeper.hydra_context = sweep, SimpleNamespace(config_loader=loader)
        parsed = OverridesParser.create(config_loader=loader).parse_overrides([*grid])
        return sweeper.split_arguments(parsed, None)


@pytest.mark.parametrize(("launcher", "sizes"), [("basic", [2]), ("local", [2]), ("joblib", [1, 1])])
def test_launchers_that_do_not_know_phases_get_waves(launcher, sizes):
    batches = batches_of(launcher, *SETTINGS, "target=pocket_pos,pocket_ner", "seed=1")
    assert [len(batch) for batch in batches] == sizes
    assert [cell[-2] for batch in batches for cell in batch] == ["target=pocket_pos", "target=pocket_ner"]


MIXTURE = ("intermediate=mixture", "intermediate.tasks=[pocket_nli,pocket_paraphrase]")
BASELINES = [
    # Settings of a sweep over two intermediate languages without rows, and the cells that differ.
    ((), 1),
    (MIXTURE, 1),
    ((*MIXTURE, "+intermediate.settings.pocket_nli={size: 8}"), 2),
    ((*MIXTURE, "+intermediate.settings={pocket_nli: {recipe: {batch_size: 8}}}"), 1),
    (("target.lang=${intermediate.lang}",), 2),
    (("target.recipe.lr=${intermediate.recipe.lr}",), 1),
    (("target.lang=${intermediate.lang}", "target.size=0"), 2),
    (("target.lang=[xx]",), 2),  # each cell will say it
]


@pytest.mark.parametrize(("settings", "cells"), BASELINES)
def test_a_baseline_is_another_one_where_its_intermediate_task_plays_a_part(settings, cells):
    base = ("backbone=tiny", "trainer.accelerator=cpu", "intermediate=pocket_nli", "target=pocket_pos")
    grid = ("intermediate.lang=en,de", "intermediate.size=0,10")
    (batch,) = batches_of("basic", *base, *settings, *grid)
    assert len([cell for cell in batch if "intermediate.size=0" in cell]) == cells
    assert len([cell for cell in batch if "intermediate.size=10" in cell]) == 2


@pytest.mark.parametrize(
    ("cells", "distinct"),
    [
        ("lang=en size=0; lang=de size=0", 1),
        ("lang=en fraction=0; lang=de fraction=0.0", 1),
        ("lang=en fraction=.0; lang=de fraction=00", 2),
        ("lang=en size=0 recipe.lr=1e-3; lang=en size=0 recipe.lr=1e-4", 1),
        ("lang=en size=0; lang=en size=10", 2),
        ("lang=en fraction=0.01; lang=de fraction=0.01", 2),
        ("lang=en size=100; lang=de size=100", 2),
    ],
)
def test_without_rows_a_cell_is_the_baseline_of_all_intermediate_languages(cells, distinct):
    grid = [[f"intermediate.{setting}" for setting in cell.split()] for cell in cells.split("; ")]
    for seed in ("seed=1", "target.size=0"):  # a target without rows is another matter
        kept = distinct_cells([["intermediate=stsb", *cell, seed] for cell in grid], alike)
        assert len(kept) == distinct
        assert kept[0] == ["intermediate=stsb", *grid[0], seed]


def test_another_task_without_rows_is_the_same_baseline_and_another_target_is_not():
    grid = [
        [f"intermediate={task}", "+intermediate.size=0", f"target={target}", f"target.size={size}"]
        for target in ("udpos", "uner")
        for size in (0, 5)
        for task in ("stsb", "xnli")
    ]
    assert distinct_cells(grid, alike) == grid[::2]
    assert distinct_cells(grid, lambda *_: False) == grid
    with_rows = [cell[:1] + cell[2:] for cell in grid]
    assert distinct_cells(with_rows, alike) == with_rows
