"""The settings of a task that reading and encoding look at."""

import json

from xtl.schemas.fields import FEATURES, affecting
from xtl.schemas.task import TaskConfig


def reading_settings(config: TaskConfig) -> str:
    """Settings that decide examples and features, as JSON: part of the names under which these are cached."""
    return json.dumps(affecting(config, FEATURES), sort_keys=True)
