"""Names and docstrings that a stranger can read: nouns, counted over the package."""

import ast
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "xtl"
VAGUE = {
    "found", "one", "at", "there", "given", "own", "mine", "made", "told", "left", "held", "kept", "shown",
    "here", "place", "places", "whole", "wholes", "asked", "wanted", "ours", "theirs", "same", "others",
    "known", "once", "usual", "going", "spent",
}  # fmt: skip
"""Words that say nothing of what a name holds."""
MOST_PER_THOUSAND_LINES = 1.0
NO_NOUN = re.compile(r"(Of|Its|As|Takes|Whose|Knows)\b")
"""Beginnings of docstring entries that an editor shows without what they refer to."""
SECTION = re.compile(r"(Args|Attributes|Returns|Yields|Raises|Example|Examples|References):\s*$")
ENTRY = re.compile(r" {4}\*{0,2}(\w+)(?: \(.*?\))?: (.*)$")


def sources() -> list[Path]:
    """Files of the package; the grammars of pocket keep linguists' words."""
    paths = sorted(PACKAGE.rglob("*.py"))
    return [path for path in paths if "pocket" not in path.relative_to(PACKAGE).parts]


def bound_names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Names that an assignment, a loop or a parameter binds, with their lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg


def entries(tree: ast.AST) -> Iterator[str]:
    """Entries of docstrings, and strings below fields and constants."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef | ast.Module):
            yield from entries_of(ast.get_docstring(node) or "")
        body = getattr(node, "body", None)
        for statement, below in pairwise(body) if isinstance(body, list) else ():
            is_text = isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
            if isinstance(statement, ast.AnnAssign | ast.Assign) and is_text:
                yield str(below.value.value).strip()


def entries_of(docstring: str) -> Iterator[str]:
    section = ""
    for line in docstring.splitlines():
        heading = SECTION.match(line)
        if heading:
            section = heading.group(1)
        elif line and not line.startswith(" "):
            section = ""
        entry = ENTRY.match(line)
        if entry and section in ("Args", "Attributes"):
            yield entry.group(2)


def test_local_names_say_what_they_hold():
    vague, lines = [], 0
    for path in sources():
        text = path.read_text(encoding="utf-8")
        lines += text.count("\n")
        vague += [
            f"{path.name}:{line} {name}" for line, name in bound_names(ast.parse(text)) if name in VAGUE
        ]
    assert lines > 10_000
    assert 1000 * len(vague) / lines <= MOST_PER_THOUSAND_LINES, "\n".join(vague)


def test_docstring_entries_stand_alone():
    without_noun, count = [], 0
    for path in sources():
        for entry in entries(ast.parse(path.read_text(encoding="utf-8"))):
            count += 1
            if NO_NOUN.match(entry):
                without_noun.append(f"{path.name}: {entry}")
    assert count > 500
    assert not without_noun, "\n".join(without_noun)


def test_both_counts_see_what_they_look_for():
    source = '''
def f(found):
    """Do it.

    Args:
        found: Of the run.
    """
    for one in found:
        pass
LIMIT = 1
"""Its unit is a second."""
'''
    tree = ast.parse(source)
    assert [name for _, name in bound_names(tree) if name in VAGUE] == ["found", "one"]
    without_noun = {entry for entry in entries(tree) if NO_NOUN.match(entry)}
    assert without_noun == {"Of the run.", "Its unit is a second."}
