"""The files of ``conf/``, and cells made of them."""

from tests.helpers.cells import composed_cell
from tests.helpers.compose import CONF
from xtl.schemas.cell import TrainConfig


def names(group: str) -> list[str]:
    """Names of the files of a group that can stand alone."""
    stems = {path.stem for path in (CONF / group).glob("*.yaml")} - {"none"}
    return sorted(stems if group != "task" else stems - {"mixture"})  # which is made of tasks


def cell_with_root(*overrides: str) -> TrainConfig:
    """A resolved and valid cell whose data folder is there."""
    return composed_cell(f"data.root={CONF}", *overrides)
