"""Folders whose names Hydra's grammar would not take, through the commands; cells with long names."""

import pytest

from tests.helpers.commands import command
from tests.helpers.corpus import write_split
from xtl import results
from xtl.models import tiny

ODD = "dä ta=1,x [y]"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    for lang in ("en", "de"):
        for split, rows in (("train", 8), ("validation", 4), ("test", 4)):
            write_split(home / ODD, lang, split, range(rows))
    tiny().save(home / "back=bone")
    return home


SETTINGS = (
    "target=udpos", "target.recipe.epochs=1", "trainer.accelerator=cpu", "trainer.precision=32-true",
    "trainer.compare_selections=false",
)  # fmt: skip


def train(home, *arguments):
    own = {"HOME": str(home), "XTL_CACHE": str(home / "cache")}
    done = command("xtl-train", *arguments, *SETTINGS, cwd=home, environment=own)
    assert done.returncode == 0, done.stderr
    return done


def test_odd_folders_are_read_and_written(home):
    backbone = ("backbone=xlmr_base", "backbone.path=~/back=bone", f"data.root=~/{ODD}")
    train(home, *backbone, "hydra.run.dir=runs/seed=1,target.lang=en")
    own = {"HOME": str(home), "XTL_CACHE": str(home / "cache")}
    run = "runs/seed=1,target.lang=en"
    again = command(
        "xtl-evaluate", f"run={run}", "hydra.run.dir=a=b", *SETTINGS[2:4], cwd=home, environment=own
    )
    assert again.returncode == 0, again.stderr
    first, second = (results.read(home / folder / "results.jsonl") for folder in (run, "a=b"))
    assert [line.value for line in first] == [line.value for line in second]
    assert first[0].data == second[0].data != ""


def test_two_folders_are_a_sweep_and_done_the_second_time(home):
    (home / "other").mkdir(exist_ok=True)
    tiny(seed=1).save(home / "other")
    arguments = ("-m", "backbone=xlmr_base", f"data.root={ODD}", "backbone.path=back=bone,other")
    assert "2 cells: 2 done" in train(home, *arguments).stdout
    assert "2 cells: 0 done, 2 skipped" in train(home, *arguments).stdout
    tiny(seed=2).save(home / "other")
    again = train(home, *arguments, "hydra.job.chdir=true")  # paths are those of where it was started
    assert "2 cells: 1 done, 1 skipped" in again.stdout
    assert "backbone file other/model.safetensors has changed since the results were written" in again.stderr


def test_a_cell_with_a_long_name_has_a_folder(tmp_path):
    langs = "[en,de,sw,ru,tr,hi,ar,zh,es,fr]"
    sizes = [f"data.sizes.{split}={rows}" for split, rows in (("train", 16), ("validation", 4), ("test", 4))]
    tasks = ("target=pocket_pos", "intermediate=pocket_nli", "backbone=tiny", *sizes, *SETTINGS[1:])
    settings = [
        f"{phase}.recipe.{name}" for phase in ("target", "intermediate") for name in ("lr=1e-3", "clip=1.0")
    ]
    names = (f"target.langs={langs}", "intermediate.size=8", "seed=1,2", *settings)
    everything = "hydra.job.config.override_dirname.exclude_keys=[]"  # constant settings in names too
    done = command("xtl-train", "-m", "hydra.sweep.dir=sweep", *tasks, *names, everything, cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]
    folders = [path.parent.name for path in tmp_path.glob("sweep/*/results.jsonl")]
    assert [len(name) for name in folders] == [200, 200]
