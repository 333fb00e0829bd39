"""The pretrained encoder that the cells of one process share: loaded once, put back before each cell."""

import json
import logging
from dataclasses import asdict, dataclass

from xtl.caching.pristine import PristineWeights
from xtl.errors import BackboneError, first_line
from xtl.models import Pretrained
from xtl.models.files import backbone_files
from xtl.models.load import load_backbone, pretrained_digest
from xtl.schemas.backbone import BackboneConfig

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Pristine:
    """An encoder that cells train, and its weights as they were loaded."""

    pretrained: Pretrained
    weights: PristineWeights
    digest: str
    is_used: bool = False


class EncoderCache:
    """The last pretrained encoder that was asked for, until a file of it changes."""

    def __init__(self) -> None:
        self._last: tuple[str, _Pristine] | None = None

    def pretrained(self, backbone: BackboneConfig) -> tuple[Pretrained, str]:
        """Encoder and tokenizer as they were pretrained, and the hash of all that they do.

        The object that an earlier call gave is put back, whatever was trained into it; one that cannot be is
        loaded again.

        Args:
            backbone: Backbone to load, if it is not the last one.

        Raises:
            BackboneError: if it is not there, or no longer.
        """
        files = [(file, file.stat()) for file in backbone_files(backbone.source, path=backbone.path)]
        stamps = [(file.name, stat.st_size, stat.st_mtime_ns) for file, stat in files]
        name = json.dumps([asdict(backbone), stamps], sort_keys=True)
        if self._last is None or self._last[0] != name:
            self._last = None  # before the next one takes its memory
            source, path, revision = backbone.source, backbone.path, backbone.revision
            loaded = load_backbone(source, path=path, revision=revision)
            digest = pretrained_digest(loaded, source, path=path, revision=revision)
            self._last = (name, _Pristine(loaded, PristineWeights(loaded.backbone), digest))
        pristine = self._last[1]
        if pristine.is_used:
            backbone_module = pristine.pretrained.backbone.cpu()
            try:
                pristine.weights.put_back(backbone_module)
            except (BackboneError, RuntimeError) as error:
                # A cell that failed may have left other layers in it, which are no fault of this one.
                logger.info("%s: the encoder is loaded again (%s)", backbone.name, first_line(error))
                self._last = None
                return self.pretrained(backbone)
            backbone_module.train().zero_grad(set_to_none=True)
        pristine.is_used = True
        return pristine.pretrained, pristine.digest
