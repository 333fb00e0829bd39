"""The id of the run that shows a cell, kept in the run folder."""

import json
import secrets
from contextlib import suppress
from pathlib import Path

import xtl
from xtl.atomic import write_json
from xtl.data.digests import settings_digest
from xtl.runs.fingerprint import run_fingerprint
from xtl.runs.inputs import file_states, input_files
from xtl.schemas.cell import TrainConfig
from xtl.store.format import FORMAT_VERSION

FILE_NAME = "tracking.json"


def run_id(config: TrainConfig, folder: Path) -> str:
    """Id of the run that shows a cell: 16 hexadecimal digits.

    A cell that goes on in its run folder, or is repeated there, keeps its run, also if another one was tried
    there meanwhile. It has a new one where its results are not those of a run before: with other settings,
    another group, another version of xtl or other content of the files that it reads. Cells in two folders
    have two runs.

    Args:
        config: Config of the cell, its precision resolved.
        folder: Run folder, which keeps the ids of all runs that it has shown.
    """
    path = folder / FILE_NAME
    subject = _subject(config)
    runs: dict[str, str] = {}
    with suppress(OSError, ValueError, KeyError, TypeError):  # none yet, or damaged: a new run has all epochs
        runs = dict(json.loads(path.read_text(encoding="utf-8"))["runs"])
    if subject not in runs:
        runs[subject] = secrets.token_hex(8)
        write_json(path, {"runs": runs})
    return runs[subject]


def _subject(config: TrainConfig) -> str:
    """Hash of what a run shows the epochs and scores of, as far as it is known before anything is read."""
    inputs = {name: state.sha256 for name, state in file_states(input_files(config)).items()}
    return settings_digest(
        {
            "cell": run_fingerprint(config),
            "group": config.tracking.group,
            "version": xtl.__version__,
            "format": FORMAT_VERSION,
            "inputs": inputs,
        }
    )
