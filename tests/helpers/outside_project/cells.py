"""Cells from Python, one of them of a task type that the project brings along."""

import lightning
import pytest
from settings import QUIET

import xtl

CELL = (
    "backbone=tiny", "trainer.accelerator=cpu", "trainer.precision=32-true", "trainer.save_encoder=false",
    "trainer.compare_selections=false", "target.recipe.epochs=1",
)  # fmt: skip


def main():
    sizes = ("data.sizes.train=32", "data.sizes.validation=8", "data.sizes.test=8")
    scores = xtl.run("target=pocket_pos", "target.langs=[de,sw]", *CELL, *sizes)
    assert set(scores.lang) == {"de", "sw"}
    assert xtl.table(["outputs"]).equals(scores)
    assert xtl.run("target=pocket_pos", "target.langs=[de,sw]", *CELL, *sizes).equals(scores)

    scores = xtl.run("target=headlines", "data.root=data", *CELL, config_dir="conf", folder="run")
    assert set(scores.lang) == {"en", "sw"}
    data = xtl.XtlDataModule("headlines", root="data", backbone="tiny", config_dir="conf")
    trainer = lightning.Trainer(max_epochs=1, **QUIET)
    trainer.fit(data.build_module(), data)
    with pytest.raises(xtl.XtlError, match="call it once for each"):
        xtl.run("-m", "target=headlines")


if __name__ == "__main__":
    main()
