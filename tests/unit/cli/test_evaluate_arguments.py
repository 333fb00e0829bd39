"""The command line of ``xtl-evaluate``."""

import pytest

from tests.helpers.cells import evaluation
from xtl.cli.evaluate import spelled_for_hydra
from xtl.errors import ConfigError


def test_the_command_line():
    assert spelled_for_hydra(["run=a", "--submission=b"]) == ["run=a", "submission='b'"]
    given = evaluation("a", *spelled_for_hydra(["--submission", "it's here"]))
    assert given.submission == "it's here"
    with pytest.raises(ConfigError, match="expected neither task nor langs"):
        evaluation("a", "submission=b", "task=xnli")


@pytest.mark.parametrize("rest", [[], ["-v"], ["langs=[de]"], [""]])
def test_a_submission_needs_its_folder(rest):
    with pytest.raises(ConfigError, match="--submission: expected the folder to write"):
        spelled_for_hydra(["run=a", "--submission", *rest])
    for given in (["--submission=a=b"], ["--submission", "a=b"]):
        assert spelled_for_hydra(given) == ["submission='a=b'"]
