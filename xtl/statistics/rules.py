"""The rules of a sweep on disk: margins and levels, written down before its first cell runs."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from xtl.atomic import write_json
from xtl.errors import DataFormatError
from xtl.statistics.verdicts import Rules

FILE_NAME = "rules.json"


def write_rules(folder: Path, rules: Rules) -> None:
    """Write the rules of a sweep into its folder, unless they stand there: the first ones count.

    Args:
        folder: Folder of the sweep.
        rules: Margins and levels.
    """
    path = folder / FILE_NAME
    if not path.exists():
        write_json(path, asdict(rules))


def read_rules(folder: Path) -> Rules | None:
    """Rules that were written before the sweep ran; ``None`` if there are none.

    Raises:
        DataFormatError: if the file holds something else.
    """
    path = folder / FILE_NAME
    try:
        return Rules(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        names = ", ".join(asdict(Rules()))
        raise DataFormatError(
            f"{path}: expected a JSON object with {names}, got something else ({error}); remove it to "
            "judge by other rules, which the report then says"
        ) from error


def changed_rules(before: Rules, now: Rules) -> Mapping[str, tuple[object, object]]:
    """Values that are not those written down before: name to both.

    Example:
        >>> dict(changed_rules(Rules(), Rules(margin=1.0)))
        {'margin': (0.5, 1.0)}
    """
    written, used = asdict(before), asdict(now)
    return {name: (value, used[name]) for name, value in written.items() if used[name] != value}
