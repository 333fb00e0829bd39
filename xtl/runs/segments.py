"""Whether a run's encoder was told which text of a pair a token is of; runs of older versions never were."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from xtl.runs.file_names import PHASES
from xtl.schemas.backbone import BackboneConfig

if TYPE_CHECKING:
    from xtl.models import Pretrained

SEGMENTS = "segments"
"""Key in the run's description of its phases."""


def has_segments(run: Path) -> bool | None:
    """Whether the encoder of a run was told its segments; ``None``: an older run, which does not say.

    Args:
        run: Run folder.
    """
    try:
        segments = json.loads((run / PHASES).read_text(encoding="utf-8")).get(SEGMENTS)
    except (OSError, ValueError, AttributeError):
        return None
    return None if segments is None else bool(segments)


def tell_segments(pretrained: "Pretrained", run: Path) -> None:
    """Let the encoder of a run be told its segments only where it was trained with them.

    Args:
        pretrained: Encoder of the run as it was opened; it is changed.
        run: Run folder.
    """
    if not has_segments(run):
        pretrained.backbone.separator = None


def lacks_segments(run: Path, backbone: BackboneConfig) -> bool:
    """Whether a run of an older version had an encoder such as BERT, which it told none.

    Args:
        run: Run folder.
        backbone: Encoder that the run began with.
    """
    if backbone.source != "hub" or has_segments(run) is not None:
        return False
    from xtl.models.load import hub_config  # takes seconds, and only older runs ask

    sizes = hub_config(str(backbone.path), revision=backbone.revision)
    return getattr(sizes, "type_vocab_size", 1) > 1
