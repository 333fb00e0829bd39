"""Prediction files of runs to files in XTREME's layout: ``predictions/TASK/test-LANG.{tsv,json}``.

What the official ``evaluate.py`` (google-research/xtreme, 838c13b) reads: a label a line (xnli by name, pawsx
0 or 1); a tag a line and an empty line between sentences; ``{"id": "answer"}`` as JSON; for tatoeba, for
each English sentence in sorted order (as XTREME's preparation leaves them) the row of the sentence that was
found, from 0; for bucc2018 ``source id<TAB>English id``. Languages are ISO 639-1, for tatoeba too.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from xtl.atomic import write_text
from xtl.errors import DataFormatError, DataNotFoundError
from xtl.languages import language
from xtl.report.xtreme import XTREME

FOLDER = "predictions"


def write_submission(runs: Sequence[Path], folder: Path) -> dict[str, list[str]]:
    """Write what runs have predicted for XTREME's tasks, on the split that XTREME scores or one named test.

    Args:
        runs: Run folders, or folders that hold some at any depth; other tasks in them are left out.
        folder: Folder that ``predictions/`` is written into.

    Returns:
        Languages written, by task.

    Raises:
        DataNotFoundError: if there are no such predictions.
        DataFormatError: if there are two of one task and language, or questions without the ids of their
            data set.
    """
    sources = _sources(path for run in runs for path in sorted(run.rglob(f"{FOLDER}/*/*.parquet")))
    if not sources:
        raise DataNotFoundError(
            f"{', '.join(map(str, runs))}: expected predictions of at least one of XTREME's tasks "
            f"({', '.join(XTREME)}), found none; name a folder of runs that ended"
        )
    written: dict[str, list[str]] = {}
    for (task, lang), path in sorted(sources.items()):
        form = XTREME[task].form
        try:
            text = _WRITERS[form](pq.read_table(path))
        except (KeyError, pa.ArrowException) as error:
            raise DataFormatError(
                f"{path}: expected predictions as this version of xtl writes them, got: {error}; score the "
                "run again with xtl-evaluate"
            ) from error
        except ValueError as error:
            raise DataFormatError(f"{path}: {error}") from error
        ending = "json" if form == "answers" else "tsv"
        write_text(folder / FOLDER / task / f"test-{lang}.{ending}", text)
        written.setdefault(task, []).append(lang)
    return written


def submission_notes(written: Mapping[str, Sequence[str]]) -> list[str]:
    """Say what was written, and what a complete submission would have besides."""
    notes = []
    for name, task in XTREME.items():
        langs = task.languages.split()
        missing = [lang for lang in langs if lang not in written.get(name, ())]
        line = f"{name}: {len(langs) - len(missing)} of {len(langs)} languages"
        notes.append(f"{line}; missing: {' '.join(missing)}" if missing else line)
    return notes


def _sources(paths: Iterable[Path]) -> dict[tuple[str, str], Path]:
    """Find the one file of each task and language."""
    sources: dict[tuple[str, str], Path] = {}
    for path in paths:
        task, (code, _, split) = path.parent.name, path.stem.partition(".")
        if task not in XTREME or split not in ("test", XTREME[task].split):
            continue
        lang = language(code).code
        if lang not in XTREME[task].languages.split():
            continue
        if (task, lang) in sources:
            raise DataFormatError(
                f"{task} {lang}: expected predictions of one run, got {sources[task, lang]} and {path}; name "
                "one run, or a folder with one run for each task"
            )
        sources[task, lang] = path
    return sources


def _labels(table: pa.Table) -> str:
    return "".join(f"{label}\n" for label in table.column("predicted").to_pylist())


def _tags(table: pa.Table) -> str:
    sentences = table.column("predicted").to_pylist()
    return "\n".join("".join(f"{tag}\n" for tag in tags) for tags in sentences)


def _answers(table: pa.Table) -> str:
    # The official script looks answers up by id, and counts a missing one as wrong without an error.
    ids, answers = table.column("id").to_pylist(), table.column("predicted").to_pylist()
    if not all(ids):
        raise ValueError(
            f"expected the data set's own id of each question, got none for {ids.count('')} of {len(ids)}; "
            "the data file must have ids"
        )
    if len(set(ids)) != len(ids):
        raise ValueError(f"expected each id once, got {len(ids) - len(set(ids))} again")
    return json.dumps(dict(zip(ids, answers, strict=True)), ensure_ascii=False, indent=1) + "\n"


def _rows(table: pa.Table) -> str:
    # Sorting is stable, and by code points, as in XTREME's preparation.
    pairs = zip(table.column("translation").to_pylist(), table.column("found").to_pylist(), strict=True)
    by_english = sorted(pairs, key=lambda pair: pair[0].strip())
    return "".join(f"{int(uid.rpartition('/')[2])}\n" for _, uid in by_english)


def _pairs(table: pa.Table) -> str:
    mined = [row for row in table.to_pylist() if row["predicted"]]
    return "".join(f"{row['source']}\t{row['target']}\n" for row in mined)


_WRITERS: Mapping[str, Callable[[pa.Table], str]] = {
    "labels": _labels,
    "tags": _tags,
    "answers": _answers,
    "rows": _rows,
    "pairs": _pairs,
}
