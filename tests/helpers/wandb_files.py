"""Files of offline runs of wandb, read back: LevelDB's log format around wandb's own messages.

wandb reads them in a program of its own, wandb-core, and has no reader in Python any more; the messages are
those of ``wandb.proto``.
"""

import json
import struct
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BLOCK, HEADER = 32768, 7
FULL, FIRST, MIDDLE, LAST = 1, 2, 3, 4

_LEFT_ALONE = 10.0
"""Seconds after which a file is taken to be that of a killed process."""


@dataclass
class OfflineRun:
    """What the file of one offline run says; ``exit_code`` is ``None`` where the process was killed."""

    id: str = ""
    name: str = ""
    project: str = ""
    group: str = ""
    job_type: str = ""
    tags: list[str] = field(default_factory=list)
    config: dict[str, Any] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    summary: dict[str, Any] = field(default_factory=dict)
    step_metrics: dict[str, str] = field(default_factory=dict)
    exit_code: int | None = None
    host: str = ""
    kinds: set[str] = field(default_factory=set)
    """Kinds of its messages; ``environment`` has program, arguments and folders."""

    @property
    def steps(self) -> list[int]:
        return [row["_step"] for row in self.history]


def offline_runs(folder: Path) -> list[OfflineRun]:
    """Runs below a folder, in the order of their names, which begin with the time.

    The program that writes a file closes it a moment after ``finish`` has come back: a run without an exit
    status is read again until its file has been left alone for a while, as that of a killed process is.
    """
    paths = sorted(folder.rglob("offline-run-*/run-*.wandb"), key=lambda path: path.parent.name)
    while True:
        runs = [read_run(path) for path in paths]
        open_files = [path for path, run in zip(paths, runs, strict=True) if run.exit_code is None]
        if all(time.time() - path.stat().st_mtime > _LEFT_ALONE for path in open_files):
            return runs
        time.sleep(0.1)


def read_run(path: Path) -> OfflineRun:
    """Everything about one run."""
    from wandb.proto import wandb_internal_pb2

    run = OfflineRun()
    for data in records(path.read_bytes()):
        record = wandb_internal_pb2.Record()
        record.ParseFromString(data)
        kind = record.WhichOneof("record_type")
        run.kinds.add(kind)
        if kind == "run":
            _add_run(run, record.run)
        elif kind == "config":
            run.config |= _items(record.config.update)
        elif kind == "history":
            run.history.append({"_step": record.history.step.num} | _items(record.history.item))
        elif kind == "summary":
            run.summary |= _items(record.summary.update)
        elif kind == "metric":
            name = record.metric.name or record.metric.glob_name
            run.step_metrics[name] = record.metric.step_metric
        elif kind == "exit":
            run.exit_code = record.exit.exit_code
    return run


def _add_run(run: OfflineRun, record: Any) -> None:
    run.id, run.name, run.project = record.run_id, record.display_name, record.project
    run.group, run.job_type, run.tags = record.run_group, record.job_type, list(record.tags)
    run.host = record.host
    run.config |= _items(record.config.update)


def _items(items: Any) -> dict[str, Any]:
    return {item.key or "/".join(item.nested_key): json.loads(item.value_json) for item in items}


def records(data: bytes) -> Iterator[bytes]:
    """Records of a file, each checked against its sum; one that a killed process left half is left out."""
    assert data[:4] == b":W&B", data[:7]
    at, parts = HEADER, []
    while at + HEADER <= len(data):
        if BLOCK - at % BLOCK < HEADER:
            at += BLOCK - at % BLOCK
            continue
        checksum, length, kind = struct.unpack("<IHB", data[at : at + HEADER])
        if not kind:
            return
        body = data[at + HEADER : at + HEADER + length]
        if len(body) < length:
            return
        assert zlib.crc32(bytes([kind]) + body) == checksum
        at += HEADER + length
        parts.append(body)
        if kind in (FULL, LAST):
            yield b"".join(parts)
            parts = []
