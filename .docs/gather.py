"""Gather the pages of the site: Markdown files and notebooks from where they lie, docstrings of each room.

The layout of the repository stays, so that a link between two pages works here as on a code host. A link to
something that is no page leads to a page that shows it. ``zensical build`` does the rest.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import docstrings

ROOT = Path(__file__).parents[1]
FENCE = re.compile(r"(^ *```.*?^ *```$|`[^`\n]+`)", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<=\]\()([^)\s#]+)(#[^)\s]*)?(?=\))")
NO_PAGES = (".github/",)
"""Folders whose Markdown files are for a code host alone."""

UNSEARCHED = "---\nsearch: {exclude: true}\n---\n\n"
"""Head of a page that is only to be reached by a link."""


def tracked(*patterns: str) -> list[Path]:
    """Files of the repository, those that are not committed yet too."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    return [Path(line) for line in sorted(set(listed.stdout.splitlines())) if (ROOT / line).is_file()]


def notebook_text(path: Path) -> str:
    """A notebook as Markdown: text and code, nothing run."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cells = []
    for cell in notebook["cells"]:
        source = "".join(cell["source"]).strip()
        cells.append(source if cell["cell_type"] == "markdown" else f"```python\n{source}\n```")
    return "\n\n".join((*cells, f"[The notebook]({path.name}) itself, to run it.")) + "\n"


def title_of(text: str) -> str:
    """The first heading of a page, as it stands in the navigation."""
    heading = re.search(r"^# +(.+)$", text, re.MULTILINE)
    return heading[1].replace("`", "") if heading else "Notebook"


class Pages:
    """Pages below a folder.

    Args:
        folder: Folder that they are written to.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.written: set[Path] = set()
        self.errors: list[str] = []

    def write(self, path: Path, text: str) -> None:
        """Write a page, or whatever else goes to the site as it is."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        self.written.add(path)

    def write_linked(self, source: Path, text: str) -> None:
        """Write the page of a file, and what its links lead to."""
        parts = FENCE.split(text)
        parts[::2] = (LINK.sub(lambda match: self._link(source, match), part) for part in parts[::2])
        self.write(source.with_suffix(".md"), "".join(parts))

    def _link(self, source: Path, match: re.Match[str]) -> str:
        """The text of a link on the site."""
        if re.match(r"[a-z]+:", match[1]):
            return match[0]
        target = (ROOT / source.parent / match[1]).resolve()
        if not target.is_relative_to(ROOT) or not target.exists():
            self.errors.append(f"{source}: expected a file of the repository, got the link {match[1]}")
            return match[0]
        path = target.relative_to(ROOT)
        if path.suffix == ".md":
            return match[0]
        if path.suffix == ".ipynb" and source.suffix != ".ipynb":
            return match[1].removesuffix(".ipynb") + ".md"
        if path.suffix in (".png", ".svg", ".ipynb"):
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(target, self.folder / path)
            return match[0]
        shown = Path("source", *(part.lstrip(".") for part in path.parts[:-1]), f"{path.name.lstrip('.')}.md")
        if shown not in self.written:
            self.write(shown, folder_text(path) if target.is_dir() else file_text(path))
        return (
            f"{'../' * len(source.parent.parts)}{shown.as_posix()}{'' if target.is_dir() else match[2] or ''}"
        )


def file_text(path: Path) -> str:
    """A page that shows a file."""
    language = {".py": "python", ".json": "json", ".R": "r", ".yaml": "yaml", ".toml": "toml"}.get(
        path.suffix, "text"
    )
    text = (ROOT / path).read_text(encoding="utf-8").rstrip()
    return f"{UNSEARCHED}# {path.as_posix()}\n\n````{language}\n{text}\n````\n"


def folder_text(path: Path) -> str:
    """A page that lists the files of a folder, with the first line of their docstrings."""
    lines = [f"{UNSEARCHED}# {path.as_posix()}/", "", "| file | what |", "| --- | --- |"]
    for file in tracked(f"{path.as_posix()}/"):
        text = (ROOT / file).read_text(encoding="utf-8") if file.suffix == ".py" else ""
        docstring = re.match(r'"""(.+?)(?:"""|\n)', text)
        what = docstring[1].replace("|", r"\|") if docstring else ""
        lines.append(f"| `{file.relative_to(path).as_posix()}` | {what} |")
    return "\n".join(lines) + "\n"


def api_pages(pages: Pages) -> Iterator[tuple[str, Path]]:
    """Write a page for each room that others use; yield its title and place."""
    package, errors = docstrings.load(str(ROOT))
    pages.errors += errors
    for room, title in docstrings.ROOMS.items():
        path = Path("api", f"{room}.md")
        files = docstrings.files_of(room, package)
        has_members = docstrings.module_at(room, package).exports is not None or not files
        text = directive(room, level=1, show_root_toc_entry=False, members=None if has_members else False)
        pages.write(path, text + "".join(directive(file, level=2) for file in files))
        yield title, path


def directive(path: str, *, level: int, **options: object) -> str:
    """Where mkdocstrings puts the docstrings of an object."""
    lines = [f"::: {path}", "    options:", f"      heading_level: {level}"]
    return (
        "\n".join((*lines, *(f"      {name}: {json.dumps(value)}" for name, value in options.items())))
        + "\n\n"
    )


def notebook_pages(pages: Pages) -> Iterator[tuple[str, Path]]:
    """Write a page for each notebook, behind their README; yield its title and place."""
    readme = Path("notebooks/README.md")
    if (ROOT / readme).exists():
        yield "Which is for what", readme
    for path in tracked("notebooks/*.ipynb"):
        text = notebook_text(ROOT / path)
        pages.write_linked(path, text)
        yield title_of(text), path.with_suffix(".md")


def settings(lists: dict[str, list[tuple[str, Path]]], pages: Pages) -> str:
    """The settings, with pages in the navigation where it names only their folder."""
    text = (ROOT / ".docs" / "mkdocs.yml").read_text(encoding="utf-8")
    for name, entries in lists.items():
        lines = [f"      - {json.dumps(title)}: {path.as_posix()}" for title, path in entries]
        text = text.replace(f": {name}/\n", ":\n" + "\n".join(lines) + "\n")
    for path in sorted(pages.written):
        if path.parts[0] != "source" and f": {path.as_posix()}\n" not in text:
            pages.errors.append(
                f"{path}: expected each page in the navigation; add it to nav in .docs/mkdocs.yml"
            )
    return text


def main() -> int:
    """Gather into the folder that is named; its status is 1 if something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="folder of settings and pages; what is in it is removed")
    folder = parser.parse_args().folder
    shutil.rmtree(folder, ignore_errors=True)
    pages = Pages(folder / "pages")
    for path in tracked("*.md"):
        if not path.as_posix().startswith(NO_PAGES):
            pages.write_linked(path, (ROOT / path).read_text(encoding="utf-8"))
    lists = {"notebooks": list(notebook_pages(pages)), "api": list(api_pages(pages))}
    (folder / "mkdocs.yml").write_text(settings(lists, pages), encoding="utf-8")
    shutil.copytree(ROOT / ".docs" / "style", folder / "pages" / "style")
    sys.stderr.writelines(f"{error}\n" for error in pages.errors)
    return bool(pages.errors)


if __name__ == "__main__":
    sys.exit(main())
