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
