"""What documents tell a reader to run does run: every command line, every block of Python.

A command line is run on made-up data, and what would train for long is composed, cell by cell. An option, a
key, a task or a target that is gone makes a test fail; so does a line that nothing here knows how to run.
"""

import ast
import builtins
import re
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.helpers.catalogue_files import write_local
from tests.helpers.document_checks import ELSEWHERE, SLOW, check, check_make, options_of, replaced, run
from tests.helpers.documents import DOCUMENTS, command_lines, inline_commands, python_blocks
from tests.helpers.sweeps import write_sweep
from xtl.errors import XtlError

LINES = [line for path in DOCUMENTS for line in command_lines(path)]
BLOCKS = [block for path in DOCUMENTS for block in python_blocks(path)]
INLINE = [line for path in DOCUMENTS for line in inline_commands(path)]


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A folder with what command lines name: two sweeps, data, a text."""
    folder = tmp_path_factory.mktemp("place")
    for task in ("panx", "udpos"):
        write_local(folder / "DATA", task)
    write_sweep(folder / "A", sizes={"en": (0, 100, 200)})
    write_sweep(folder / "B", seeds=(2, 3, 4), sizes={"en": (0, 100, 200)})
    (folder / "sentences.txt").write_text("Ein Satz.\n\nNoch einer.\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.place)
def test_a_command_line_runs(line, place, own_cache, monkeypatch):
    monkeypatch.chdir(place)
    check(line.text, place, own_cache)


@pytest.mark.slow
@pytest.mark.parametrize("text", SLOW)
def test_a_command_line_that_takes_long_runs(text, place, finished, own_cache):
    arguments = [argument.replace("RUN_FOLDER", str(finished)) for argument in text.split()]
    done = run(arguments, place, own_cache)
    assert done.returncode == 0, done.stderr
    assert done.stdout or done.stderr


def test_all_that_is_said_to_run_elsewhere_is_in_a_document_and_has_its_test():
    told = {" ".join(replaced(line.text)) for line in LINES}
    assert [text for text in (*SLOW, *ELSEWHERE) if text not in told] == []
    for place in ELSEWHERE.values():
        name, _, test = place.partition("::")
        assert f"def {test}(" in (Path(__file__).parent / name).read_text(encoding="utf-8"), place


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("xtl-train target=nowhere", "nowhere"),
        ("xtl-train target=panx --fast", "--fast"),
        ("xtl-train -m target=panx trainer.speed=1,2", "speed"),
        ("xtl-train -m target=panx,nowhere", "nowhere"),
        ("xtl-evaluate run=RUN_FOLDER task=nowhere", "nowhere"),
        ("xtl-report A --gone", "--gone"),
        ("xtl-data prepares panx --root DATA", "prepares"),
        ("xtl-predict run=RUN_FOLDER --language de sentences.txt", "--language"),
        ("xtl-paint A", "xtl-paint"),
        ("make tests", "tests"),  # a folder, and no target
        ("python -m xtl.nowhere", "nowhere"),
        ("pip install 'xtl[e5]'", "xtl"),
    ],
)
def test_a_command_line_that_is_wrong_is_found(text, message, place, own_cache):
    with pytest.raises((AssertionError, XtlError), match=re.escape(message)):
        check(text, place, own_cache)


@pytest.mark.parametrize("line", INLINE, ids=str)
def test_a_command_in_a_text_has_a_script_a_target_options(line, place):
    name, *arguments = line.text.split()
    if name == "make":
        check_make([target for target in arguments if re.fullmatch(r"[a-z-]+", target)])
        return
    known = options_of(
        name, *[word for word in arguments[:1] if name in ("xtl-data", "xtl-phases") and word.isalpha()]
    )
    assert [word for word in arguments if word.startswith("--") and word.partition("=")[0] not in known] == []


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.place)
def test_a_block_of_python_compiles_and_imports_what_there_is(block):
    for node in ast.walk(ast.parse(block.text)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "xtl":
            for alias in node.names:
                found = hasattr(import_module(node.module), alias.name) or find_spec(
                    f"{node.module}.{alias.name}"
                )
                assert found, f"{block.place}: {node.module} has no {alias.name}"
        elif isinstance(node, ast.Import):
            assert all(find_spec(alias.name) for alias in node.names), block.place


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # Lightning's advice on so few rows
@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.place)
def test_a_block_of_python_that_is_whole_runs(block, tmp_path, monkeypatch):
    text = block.text.replace(
        '"backbone=e5_small"', '"backbone=tiny", "data.sizes.train=32", "trainer.accelerator=cpu"'
    )
    text = text.replace('backbone="e5_small"', 'backbone="tiny"')
    if block.mark or not is_whole(text):
        pytest.skip("a part of a program, or for another machine")
    monkeypatch.chdir(tmp_path)
    exec(compile(text, block.place, "exec"), {"__name__": "document"})  # noqa: S102


def is_whole(text: str) -> bool:
    """Whether a block of Python defines all that it uses, and leaves nothing open."""
    nodes = list(ast.walk(ast.parse(text)))
    names = [node for node in nodes if isinstance(node, ast.Name)]
    defined = {node.id for node in names if isinstance(node.ctx, ast.Store)} | set(dir(builtins))
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            defined |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.FunctionDef | ast.Lambda):
            return False
    whole = not any(isinstance(node, ast.Constant) and node.value is ... for node in nodes)
    return whole and {node.id for node in names} <= defined
