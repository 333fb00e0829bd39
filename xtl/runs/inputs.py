"""What a run read, recorded beside its results: files of data and weights, by size, time and content."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from xtl.atomic import write_json
from xtl.digest import digest_at
from xtl.models.files import backbone_files
from xtl.schemas.cell import TrainConfig
from xtl.schemas.task import TaskConfig
from xtl.store.format import FORMAT_VERSION
from xtl.tasks.registry import parts_of, task_type

FILE_NAME = "inputs.json"

_BACKBONE = "backbone/"
"""Beginning of the names of the pretrained encoder's files."""

_LIST = 2
"""Version of the list of files that a cell reads. The first one lacked files that weights are chosen with, of
tasks that are scored on their validation sets."""


@dataclass(frozen=True, kw_only=True, slots=True)
class InputFile:
    """A file that a cell reads.

    Attributes:
        kind: Kind of file for messages, such as ``train file``.
        path: Path of the file.
        is_old: Whether the first list of inputs had it too, which a record without ``list`` was made by.
    """

    kind: str
    path: Path
    is_old: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class FileState:
    """State of a file.

    Attributes:
        size: Number of bytes.
        mtime_ns: Time of the last change, in nanoseconds since the epoch.
        sha256: Hash of the content.
    """

    size: int
    mtime_ns: int
    sha256: str


def input_files(config: TrainConfig) -> dict[str, InputFile]:
    """Files that a cell reads, by a name that does not hang on where their root is.

    What the hub gives has none (a revision is a setting), nor has the pocket benchmark, which is part of xtl.

    Args:
        config: Config of the cell.
    """
    backbone = config.backbone
    paths = backbone_files(backbone.source, path=backbone.path)
    files = {f"{_BACKBONE}{path.name}": InputFile(kind="backbone file", path=path) for path in paths}
    if config.data.source != "local":
        return files
    root = Path(str(config.data.root)).expanduser()
    for task, is_target in ((config.intermediate, False), (config.target, True)):
        if task is None:
            continue
        compares = is_target and config.trainer.compare_selections
        for part in parts_of(task).values():
            files |= _task_files(root, part, is_scored=is_target, compares=compares)
    return files


def file_states(files: Mapping[str, InputFile]) -> dict[str, FileState]:
    """States of files; those that are not there have none, and reading them will say so."""
    states = {}
    for name, file in files.items():
        with suppress(OSError):
            stat = file.path.stat()
            digest = digest_at(file.path, stat.st_size, stat.st_mtime_ns)
            states[name] = FileState(size=stat.st_size, mtime_ns=stat.st_mtime_ns, sha256=digest)
    return states


def write_inputs(folder: Path, states: Mapping[str, FileState]) -> None:
    """Write down what a run read.

    Args:
        folder: Run folder.
        states: States of the files before they were read.
    """
    files = {name: asdict(state) for name, state in states.items()}
    write_json(folder / FILE_NAME, {"format": FORMAT_VERSION, "list": _LIST, "files": files})


def changed_backbone(config: TrainConfig, folder: Path) -> str:
    """What of the pretrained encoder's files has changed since a run read them; empty: nothing known.

    Args:
        config: Config of the run.
        folder: Run folder.
    """
    try:
        files = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))["files"]
        recorded = {name: FileState(**state) for name, state in files.items() if name.startswith(_BACKBONE)}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return ""  # of an older version
    now = {name: file for name, file in input_files(config).items() if name.startswith(_BACKBONE)}
    return _difference(recorded, now, None, has_all=True)


def changed_inputs(config: TrainConfig, folder: Path) -> str:
    """What of a cell's inputs has changed since its results were written; empty: nothing.

    Sizes and times are compared first, content only where they differ. A file that was written anew with the
    same content is the same, and its new time is written down. So is the state of a file that an older
    version read without a record of it: what it was is not known, and its cell is not run again for that.

    Args:
        config: Config of the cell.
        folder: Run folder with results.
    """
    try:
        record = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
        recorded = {name: FileState(**state) for name, state in record["files"].items()}
        version, has_all = record["format"], record.get("list", 1) >= _LIST
    except FileNotFoundError:
        return f"it does not say what it read ({FILE_NAME} is not there)"
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return f"{FILE_NAME} cannot be read"
    if version != FORMAT_VERSION:
        return f"phases were trained in format {version}, now in {FORMAT_VERSION}"
    return _difference(recorded, input_files(config), folder, has_all=has_all)


def _difference(
    recorded: Mapping[str, FileState], files: Mapping[str, InputFile], folder: Path | None, *, has_all: bool
) -> str:
    for name in sorted(recorded.keys() - files.keys()):
        return f"{name} was read for the results and is gone"
    refreshed = {}
    for name, file in files.items():
        if name not in recorded and (has_all or file.is_old):
            return f"{file.kind} {file.path} is new since the results were written"
        try:
            refreshed[name] = _refreshed(file.path, recorded.get(name))
        except OSError as error:
            return f"{file.kind} {file.path} cannot be read ({error.strerror or error})"
        if name in recorded and refreshed[name].sha256 != recorded[name].sha256:
            return f"{file.kind} {file.path} has changed since the results were written"
    if folder is not None and refreshed != recorded:
        with suppress(OSError):  # of another user: then the content is compared each time
            write_inputs(folder, refreshed)
    return ""


def _refreshed(path: Path, recorded: FileState | None) -> FileState:
    """State of a file now; its content is not read again if size and time are those recorded."""
    stat = path.stat()
    if recorded and (stat.st_size, stat.st_mtime_ns) == (recorded.size, recorded.mtime_ns):
        return recorded
    digest = digest_at(path, stat.st_size, stat.st_mtime_ns)
    return FileState(size=stat.st_size, mtime_ns=stat.st_mtime_ns, sha256=digest)


def _task_files(root: Path, task: TaskConfig, *, is_scored: bool, compares: bool) -> dict[str, InputFile]:
    """Files of a task: those of its training languages, and of the languages that are scored."""
    folder = root / (task.folder or task.name)
    scored = _scored_languages(folder, task)
    # A tagger without a list of labels reads its training set for them even where it is not trained.
    needed = {"train": [*task.lang], "validation": [*task.lang]}
    added = scored if is_scored else []
    needed[task.eval_split] = [*needed.get(task.eval_split, []), *added]
    new = set(task.lang) - set(added) if task.eval_split == "validation" else set()
    if task.shots:
        needed["train"] += scored
    if compares or (is_scored and task_type(task.task_type).threshold(task)):
        needed["validation"] += scored
    return {
        f"{folder.name}/{lang}/{path.relative_to(folder / lang)}": InputFile(
            kind=f"{split} file", path=path, is_old=split != "validation" or lang not in new
        )
        for split, langs in needed.items()
        for lang in dict.fromkeys(langs)
        for path in _split_files(folder / lang, split)
    }


def _scored_languages(folder: Path, task: TaskConfig) -> list[str]:
    if task.langs is not None:
        return list(task.langs)
    # By the folders that there are now: a language that is added later is a new file.
    with suppress(OSError):
        known = task.languages.split()
        return sorted(path.name for path in folder.iterdir() if path.name in known)
    return []


def _split_files(folder: Path, split: str) -> Iterator[Path]:
    """Files of a split, whatever their format and however many parts it comes in."""
    named = re.compile(rf"{re.escape(split)}(?![A-Za-z])")
    with suppress(OSError):
        for path in sorted(folder.iterdir()):
            if named.match(path.name):
                yield from [path] if path.is_file() else sorted(filter(Path.is_file, path.rglob("*")))
