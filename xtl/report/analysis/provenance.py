"""Where the numbers come from: commands, versions and machines, as the run folders say."""

import json
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ENVIRONMENT = "environment.json"
"""File of a run folder that :meth:`xtl.runs.run_folder.RunFolder.write_environment` writes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Provenance:
    """Commands and versions of the runs of a report.

    Attributes:
        commands: Number of runs by the command that started them, the most frequent first.
        facts: Values by name, such as ``torch``, each with the number of runs; sorted by value.
        unreadable: Number of run folders whose file is missing or damaged.
    """

    commands: Mapping[str, int]
    facts: Mapping[str, Mapping[str, int]]
    unreadable: int


def provenance(runs: Sequence[Path]) -> Provenance:
    """Commands and versions of runs.

    Args:
        runs: Run folders.
    """
    commands: Counter[str] = Counter()
    facts: dict[str, Counter[str]] = {}
    unreadable = 0
    for run in runs:
        values = _environment(run / ENVIRONMENT)
        if values is None:
            unreadable += 1
            continue
        command = values.get("command")
        if isinstance(command, list) and command:
            commands[shlex.join(map(str, command))] += 1
        for name, value in _facts(values).items():
            facts.setdefault(name, Counter())[value] += 1
    return Provenance(
        commands=dict(sorted(commands.items(), key=lambda pair: (-pair[1], pair[0]))),
        facts={name: dict(sorted(counts.items())) for name, counts in facts.items()},
        unreadable=unreadable,
    )


def _environment(path: Path) -> Mapping[str, Any] | None:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return values if isinstance(values, dict) else None


def _facts(values: Mapping[str, Any]) -> dict[str, str]:
    packages = values.get("packages")
    packages = packages if isinstance(packages, dict) else {}
    named = {name: values.get(name) for name in ("xtl", "commit", "python", "platform", "device")}
    named |= {"processor": values.get("device_name"), "threads": values.get("threads"), **packages}
    return {name: str(value) for name, value in named.items() if value not in (None, "")}
