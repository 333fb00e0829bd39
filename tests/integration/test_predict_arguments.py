"""What ``xtl-predict`` says of arguments that make no sense."""

import pytest

from tests.helpers.raw_text import told
from xtl.cli import predict as command


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run=nowhere"], "run=nowhere: expected the folder of a finished run, found none"),
        (
            ["run=.", "lang=de"],
            "lang=de: expected a file to read, found none; options are written",
        ),
        (["run=.", "--lang", "xx"], "language 'xx': expected a code"),
        (["run=."], "xtl-train writes it into its run folder"),
    ],
)
def test_what_is_not_there(arguments, message, tmp_path, monkeypatch, capsysbinary):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stopped:
        command.main(arguments)
    assert stopped.value.code == 1
    assert message in told(capsysbinary)


def test_the_run_has_to_be_named(capsysbinary):
    with pytest.raises(SystemExit) as stopped:
        command.main(["--lang", "de"])
    assert stopped.value.code == 2
    assert "expected one run=RUN_FOLDER, got 0" in told(capsysbinary)
