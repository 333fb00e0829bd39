"""What Markdown files and notebooks tell a reader to run: command lines and Python, with their places."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    path
    for pattern in (
        "*.md",
        "conf/*.md",
        "xtl/**/*.md",
        "tests/**/*.md",
        "notebooks/**/*.md",
        "notebooks/*.ipynb",
    )
    for path in ROOT.glob(pattern)
)
"""All files that speak to a reader."""

STARTS = re.compile(r"(xtl-[a-z]+|make|python3?|pytest|pip)\b")
"""First words of command lines that are looked at."""

SHELL = re.compile(r"(for|done|do|cd|export|git|wandb|WANDB_MODE=\w+|\.venv/bin/(python -m pip|jupyter))\b|$")
"""First words of other lines that may stand in a block of a shell."""

BLOCK = re.compile(
    r"^(?:<!-- example: (?P<mark>[^>]+) -->\n)?```(?P<language>\w+)\n(?P<text>.*?)^```$", re.M | re.S
)
INDENTED = re.compile(r"^    ((?:xtl-[a-z]+|make|python3? -m|pytest|pip) [^─\n]*?)(?:  .*| *#.*)?$", re.M)
INLINE = re.compile(r"`((?:xtl-[a-z]+|make) [^`\n]+)`")
SHELLS = ("bash", "console", "sh", "shell")


class Snippet(NamedTuple):
    """A piece of a document.

    Attributes:
        place: File and line.
        text: A command line, or a block of Python.
        mark: Kind of machine that it is an example for, or "".
    """

    place: str
    text: str
    mark: str = ""


def command_lines(path: Path) -> Iterator[Snippet]:
    """Command lines of a document's blocks, without their comments.

    Raises:
        AssertionError: if a block of a shell holds a line of another kind.
    """
    for start, text in _texts(path):
        for match in BLOCK.finditer(text):
            if match["language"] not in SHELLS:
                continue
            first = start + text[: match.start("text")].count("\n")
            for offset, line in _joined(match["text"]):
                place = f"{path.relative_to(ROOT)}:{first + offset}"
                if STARTS.match(line):
                    yield Snippet(place, line, match["mark"] or "")
                else:
                    assert SHELL.match(line), f"{place}: no command that a test knows: {line}"
        prose = BLOCK.sub(lambda match: "\n" * match[0].count("\n"), text)
        for match in INDENTED.finditer(prose):
            yield Snippet(
                f"{path.relative_to(ROOT)}:{start + prose[: match.start()].count(chr(10))}", match[1].strip()
            )


def inline_commands(path: Path) -> Iterator[Snippet]:
    """Commands in the text of a document: often the beginning of one, or a form with its choices."""
    for start, text in _texts(path):
        prose = BLOCK.sub(lambda match: "\n" * match[0].count("\n"), text)
        for match in INLINE.finditer(prose):
            line = start + prose[: match.start()].count("\n")
            yield Snippet(f"{path.relative_to(ROOT)}:{line}", match[1])


def python_blocks(path: Path) -> Iterator[Snippet]:
    """Blocks of Python in the Markdown of a document; the code of notebooks is run elsewhere."""
    for start, text in _texts(path):
        for match in BLOCK.finditer(text):
            if match["language"] == "python":
                line = start + text[: match.start("text")].count("\n")
                yield Snippet(f"{path.relative_to(ROOT)}:{line}", match["text"], match["mark"] or "")


def _texts(path: Path) -> Iterator[tuple[int, str]]:
    """Markdown of a document, with the number of its first line; of a notebook, each cell of it."""
    content = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        yield 1, content
        return
    for number, cell in enumerate(json.loads(content)["cells"], 1):
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            yield number, source
        else:
            lines = [line.lstrip()[1:] for line in source.splitlines() if line.lstrip().startswith("!")]
            yield number, "\n".join(("```bash", *lines, "```", "")) if lines else ""


def _joined(text: str) -> Iterator[tuple[int, str]]:
    """Lines of a shell with the number of the first, those that go on after a backslash joined."""
    line, first = "", 0
    for number, part in enumerate(text.splitlines()):
        first = first if line else number
        line += part.removesuffix("\\").strip() + " "
        if not part.endswith("\\"):
            yield first, line.strip().removeprefix("$ ")
            line = ""


def words(line: str) -> list[str]:
    """The words of a command line, as a shell splits them; its comment is none of them."""
    return shlex.split(line, comments=True)
