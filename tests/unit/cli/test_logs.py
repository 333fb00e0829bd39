"""Messages of the commands: what is shown, with which flag, and what the file of a run holds."""

import argparse
import logging
import warnings
from pathlib import Path

import pytest
from hydra.errors import MissingConfigException

from xtl.cli import data
from xtl.cli.logs import add_flags, hydra_overrides, log_file, report_errors, set_up, split_flags
from xtl.errors import DataNotFoundError
from xtl.progress import progress_meter

logger = logging.getLogger("xtl.somewhere")
other = logging.getLogger("another.library")


def shown(*flags: str) -> argparse.Namespace:
    """Set messages up with flags of a command line."""
    parser = argparse.ArgumentParser()
    add_flags(parser)
    options = parser.parse_args(flags)
    set_up(options)
    return options


def say_everything() -> None:
    logger.debug("a detail")
    logger.info("a [bold]message[/] of %s words", 5)
    logger.warning("a doubt")
    logger.error("a fault")
    other.info("what another library does")
    other.warning("what another library doubts")


@pytest.mark.parametrize(
    ("flags", "details", "messages"),
    [
        ([], [], ["a [bold]message[/] of 5 words"]),
        (["-v"], ["a detail"], ["a [bold]message[/] of 5 words"]),
        (["--verbose"], ["a detail"], ["a [bold]message[/] of 5 words"]),
        (["-q"], [], []),
        (["--quiet"], [], []),
    ],
)
def test_levels_are_shown_by_flags_and_only_what_is_wrong_has_a_prefix(flags, details, messages, capsys):
    shown(*flags)
    say_everything()
    lines = capsys.readouterr().err.splitlines()
    wrong = ["warning: a doubt", "error: a fault", "warning: what another library doubts"]
    assert lines == [*details, *messages, *wrong]


def test_setting_up_again_shows_nothing_twice(capsys):
    for _ in range(3):
        shown()
    logger.info("once")
    assert capsys.readouterr().err == "once\n"


@pytest.mark.parametrize(("flags", "lines"), [([], 1), (["-v"], 1), (["-q"], 0)])
def test_quiet_shows_no_progress(flags, lines, capsys):
    shown(*flags)
    with progress_meter("counting", 2) as progress:
        progress.advance(2, tokens=10)
    assert capsys.readouterr().err.count("counting: 2/2") == lines


def test_the_file_of_a_run_has_dated_lines_however_quiet_the_terminal_is(tmp_path: Path, capsys):
    shown("-q")
    with log_file(tmp_path / "cell" / "train.log"):
        say_everything()
    logger.info("behind the block")
    lines = (tmp_path / "cell" / "train.log").read_text(encoding="utf-8").splitlines()
    assert [line.split(" ", 2)[2] for line in lines] == [
        "INFO a [bold]message[/] of 5 words",
        "WARNING a doubt",
        "ERROR a fault",
        "WARNING what another library doubts",
    ]
    assert all(line[:4].isdigit() for line in lines)
    assert "message" not in capsys.readouterr().err


def test_a_run_that_goes_on_adds_to_its_file(tmp_path: Path):
    for message in ("first", "second"):
        with log_file(tmp_path / "train.log"):
            logger.info(message)
    assert [line[-6:].strip() for line in (tmp_path / "train.log").read_text().splitlines()] == [
        "first",
        "second",
    ]


def test_a_full_disk_is_the_command_s_to_report(tmp_path: Path, capsys):
    with log_file(tmp_path / "cell" / "train.log"):
        (tmp_path / "cell").rmdir()  # stands for a disk on which nothing more can be written
        logger.info("still shown")
    assert capsys.readouterr().err == "still shown\n"


def test_warnings_of_python_are_messages(tmp_path: Path, capsys):
    with warnings.catch_warnings(), log_file(tmp_path / "train.log"):
        warnings.simplefilter("always")
        logging.captureWarnings(capture=False)  # another test's block has ended with it
        set_up(argparse.Namespace())
        warnings.warn("an old way", UserWarning, stacklevel=1)
        logging.captureWarnings(capture=False)
    assert "UserWarning: an old way" in (tmp_path / "train.log").read_text()
    assert capsys.readouterr().err.startswith("warning: ")


@pytest.mark.parametrize(("flags", "traced"), [([], False), (["-v"], True), (["-q"], False)])
def test_an_error_is_one_message_and_its_traceback_is_for_the_verbose(flags, traced, capsys):
    shown(*flags)
    with pytest.raises(SystemExit) as stopped, report_errors(Path("run")):
        raise DataNotFoundError("nothing there")
    assert stopped.value.code == 1
    printed = capsys.readouterr().err
    assert printed.startswith("error: nothing there\n")
    assert ("Traceback" in printed) == traced


def test_an_error_of_the_file_system_names_the_file_or_the_folder(capsys):
    for error, where in ((OSError(28, "No space left", "run/x.json"), "run/x.json"), (OSError("?"), "run")):
        with pytest.raises(SystemExit), report_errors(Path("run")):
            raise error
        assert capsys.readouterr().err.startswith(f"error: {where}: ")


def test_a_choice_without_a_file_is_no_full_disk(capsys):
    shown()
    with pytest.raises(SystemExit), report_errors(Path("run")):
        raise MissingConfigException("Could not find 'target/pnax'")
    assert capsys.readouterr().err == "error: Could not find 'target/pnax'\n"


def test_flags_are_taken_out_of_what_hydra_reads():
    assert split_flags(["-m", "-q", "a=1", "--verbose", "b=-v"]) == (["-m", "a=1", "b=-v"], logging.DEBUG)
    assert split_flags(["a=1"]) == (["a=1"], logging.INFO)
    assert hydra_overrides(logging.INFO) == []
    assert hydra_overrides(logging.DEBUG) == ["hydra.verbose=[xtl,__main__]"]
    assert hydra_overrides(logging.WARNING) == ["hydra.job_logging.handlers.terminal.level=WARNING"]


@pytest.mark.parametrize("arguments", [["-q", "list"], ["list", "-q"]])
def test_flags_stand_before_or_behind_a_command_of_a_command(arguments, capsys):
    data.main([*arguments, "pocket_mining"])
    say_everything()
    printed = capsys.readouterr()
    assert "pocket_mining" in printed.out
    assert "message" not in printed.err


def test_both_flags_are_refused(capsys):
    with pytest.raises(SystemExit):
        shown("-v", "-q")
    assert "not allowed with" in capsys.readouterr().err
