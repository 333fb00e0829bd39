"""Command lines of documents, run or composed: see ``tests/integration/test_documents.py``."""

import re
import tomllib
from argparse import Namespace
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from hydra._internal.utils import get_args_parser
from hydra.core.override_parser.overrides_parser import OverridesParser

from tests.helpers.commands import SCRIPTS, Ended, command
from tests.helpers.compose import compose_evaluate, compose_train
from tests.helpers.documents import ROOT, words
from xtl.cli.evaluate import spelled_for_hydra
from xtl.cli.logs import split_flags
from xtl.config import conf_dir, finalize, finalize_evaluation
from xtl.sweeps.arguments import expand_sweep_arguments

STAND_INS = {
    "outputs/sweeps/SWEEP": "A", "notebooks/study/sweep": "A", "notebooks/study/steps": "B",
    "notebooks/study/rate": "B", "notebooks/study/gpu": "A",
    "notebooks/study/uner": "A", "SWEEP": "A", "OTHER": "B", "FOLDER": "A",
    "RUN": "RUN_FOLDER",
    "truth/$agreement": "A", "$agreement": "1", "USER/NAME": "user/name",
}  # fmt: skip
"""What stands for something of the reader's, such as a folder, and what it is here."""

ADDED = {"prepare": ("--backbone", "tiny")}
"""Arguments added to a sub-command of ``xtl-data``, so that it needs no file from elsewhere."""

SLOW = (
    "xtl-report A", "xtl-report A B", "xtl-report A --power", "xtl-report A B --table scores.parquet",
    "xtl-export run=RUN_FOLDER --to hf",
    "xtl-predict run=RUN_FOLDER --lang de sentences.txt",
)  # fmt: skip
"""Command lines that take seconds: run by a slow test, elsewhere only up to a folder that is not there."""

ELSEWHERE = {
    "xtl-export run=RUN_FOLDER --to sentence-transformers --out vectors": (
        "test_export.py::test_vectors_become_a_folder_of_sentence_transformers"
    ),
    "xtl-export run=RUN_FOLDER --to hf --push user/name --private": "test_export.py::test_a_folder_is_pushed",
    "xtl-predict run=RUN_FOLDER --out vectors.npy sentences.txt": (
        "test_predict.py::test_vectors_are_those_of_evaluation"
    ),
    "xtl-data show xnli --source hub --lang de": "test_data_commands.py::test_what_makes_no_sense_is_told",
    "xtl-phases show KEY": "test_store.py::test_the_store_is_listed_shown_and_cleared",
    "xtl-evaluate run=RUN_FOLDER langs=[hi] data.root=DATA": (
        "test_evaluate.py::test_other_data_and_fewer_languages"
    ),
    "xtl-evaluate run=RUN_FOLDER task=panx": "test_evaluate.py::test_a_head_of_another_task_is_refused",
    "xtl-evaluate run=RUN_FOLDER phase=intermediate task=tatoeba": (
        "test_evaluate.py::test_the_encoder_of_an_intermediate_phase_is_scored_on_its_task_and_without_a_head"
    ),
    "xtl-evaluate run=A --submission DIR": "test_submission.py::test_the_layout",
}
"""Command lines that need a run, a store or a hub, and the tests of this folder that have one."""

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def check(text: str, place: Path, cache_folder: Path) -> None:
    """Run a command line, or as much of it as shows that it is right."""
    name, *arguments = replaced(text)
    if name == "make":
        check_make(arguments)
    elif name == "pip":
        _check_pip(arguments)
    elif name in ("pytest", "python", "python3"):
        _check_python(name, arguments)
    elif name == "xtl-train":
        for overrides in cells(expand_sweep_arguments(arguments)):
            finalize(compose_train(*overrides))
    elif name == "xtl-evaluate":
        _check_evaluation(spelled_for_hydra(arguments))
    else:
        _check_run([name, *arguments], place, cache_folder)


def check_make(targets: Sequence[str]) -> None:
    """Look whether the Makefile has targets; a folder of such a name would content ``make`` itself."""
    known = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    absent = [target for target in targets if target not in known]
    assert not absent, f"no target {absent[0]}"


def _check_python(name: str, arguments: Sequence[str]) -> None:
    if name == "pytest":
        absent = [path for path in arguments if not path.startswith("-") and not (ROOT / path).exists()]
        assert not absent, f"no folder {absent[0]}"
        return
    assert arguments[0] == "-m", f"no module in {arguments}"
    assert find_spec(arguments[1]), f"no module {arguments[1]}"


def _check_evaluation(arguments: Sequence[str]) -> None:
    overrides = parsed(arguments).overrides
    finalize_evaluation(compose_evaluate(*overrides))
    for override in overrides:  # the task is looked for when the run is read
        key, _, task = override.partition("=")
        assert key != "task" or (conf_dir() / "task" / f"{task}.yaml").exists(), f"no task {task}"


def _check_pip(arguments: Sequence[str]) -> None:
    strangers = [argument for argument in arguments if re.match(r"xtl\b", argument)]
    assert not strangers, f"{strangers} is another project on PyPI"


def _check_run(arguments: list[str], place: Path, cache_folder: Path) -> None:
    assert arguments[0] in SCRIPTS, f"{arguments[0]} is no command"
    text = " ".join(arguments)
    partly = text in SLOW or text in ELSEWHERE
    if partly:  # nothing that it names is there
        arguments = [re.sub(r"\b(RUN_FOLDER|A)\b", "nowhere", argument) for argument in arguments]
    done = run(arguments, place, cache_folder)
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == int(partly), done.stderr
    assert done.stdout or done.stderr


def run(arguments: Sequence[str], place: Path, cache_folder: Path) -> Ended:
    """Run a command line, with what :data:`ADDED` says."""
    added = ADDED.get(arguments[1], ()) if len(arguments) > 1 else ()
    return command(*arguments, *added, cwd=place, environment={"XTL_CACHE": str(cache_folder)})


def replaced(text: str) -> list[str]:
    """Words of a command line with stand-ins for what is the reader's; a stream is named as a file."""
    for word, here in STAND_INS.items():
        text = re.sub(rf"(?<![\w/]){re.escape(word)}(?![\w/])", here, text)
    return [argument for argument in words(text) if argument != "<"]


def parsed(arguments: Sequence[str]) -> Namespace:
    """Arguments as Hydra's own parser reads them."""
    options, unknown = get_args_parser().parse_known_args(split_flags(arguments)[0])
    absent = [word for word in unknown if word.startswith("-")]
    assert not absent, f"no option {absent}"
    return options


def cells(arguments: Sequence[str]) -> Iterator[list[str]]:
    """Overrides of cells of a command line, such that each value of each axis is in one."""
    axes = OverridesParser.create().parse_overrides(parsed(arguments).overrides)
    values = [
        [f"{axis.get_key_element()}={value}" for value in axis.sweep_string_iterator()]
        if axis.is_sweep_override()
        else [axis.input_line]
        for axis in axes
    ]
    first = [choices[0] for choices in values]
    yield first
    for index, choices in enumerate(values):
        yield from ([*first[:index], choice, *first[index + 1 :]] for choice in choices[1:])


@cache
def options_of(*words_of_command: str) -> set[str]:
    """Options that a command's help names, and those of Hydra."""
    done = command(*words_of_command, "--help", cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return {*re.findall(r"--[a-z-]+", done.stdout), *get_args_parser()._option_string_actions}
