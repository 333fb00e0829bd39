"""What cells of one process share: the encoder as it was pretrained, files as they were read, features."""

import json
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from torch import Tensor
from transformers import PreTrainedTokenizerBase

from xtl.config import BackboneConfig, DataConfig, TaskConfig
from xtl.models import Pretrained, resize_feed_forward
from xtl.phases.families import Family, MixtureFamily
from xtl.phases.key import content_digest, weights_digest
from xtl.tally import Tally
from xtl.types import Split

_TRAINING = (
    "recipe", "lang", "langs", "fraction", "size", "mix", "shots", "budget", "eval_split", "languages",
    "reference", "metrics", "tuning",
)  # fmt: skip
"""Settings of a task that neither reading nor encoding looks at."""


@dataclass(slots=True)
class _Pristine:
    """An encoder that cells train, and its weights as they were."""

    pretrained: Pretrained
    weights: dict[str, Tensor]
    digest: str
    used: bool = False


class Memory:
    """Keeps the last encoder, and the last sets of examples and of features."""

    def __init__(self, *, most_sets: int = 128) -> None:
        """Begin with nothing.

        Args:
            most_sets: Sets that are kept; the one that was not used for longest goes first.
        """
        self._encoder: tuple[str, _Pristine] | None = None
        self._sets: OrderedDict[Hashable, tuple[list[Any], list[tuple[str, str]]]] = OrderedDict()
        self._most_sets = most_sets

    def pretrained(
        self, backbone: BackboneConfig, load: Callable[[BackboneConfig], Pretrained]
    ) -> tuple[Pretrained, str]:
        """Give an encoder as it was pretrained, and the hash of its weights.

        Args:
            backbone: Which one.
            load: Loads it, if it is not the last one that was given. What was given before is taken back.
        """
        name = json.dumps(asdict(backbone), sort_keys=True)
        if self._encoder is None or self._encoder[0] != name:
            self._encoder = None  # before the next one takes its memory
            loaded = load(backbone)
            weights = {key: value.detach().clone() for key, value in loaded.backbone.state_dict().items()}
            self._encoder = (name, _Pristine(loaded, weights, weights_digest(loaded.backbone)))
        kept = self._encoder[1]
        if kept.used:
            used = kept.pretrained.backbone.cpu()
            resize_feed_forward(used, kept.weights)  # an adapter left wider blocks
            used.load_state_dict(kept.weights)
            used.train().zero_grad(set_to_none=True)
        kept.used = True
        return kept.pretrained, kept.digest

    def features(
        self, family: Family, examples: Sequence[Any], tokenizer: PreTrainedTokenizerBase
    ) -> list[Any]:
        """Encode examples, or give what they became before; a mixture's task by task."""
        if isinstance(family, MixtureFamily):
            parts = family.by_part(examples)
            return family.mixed(
                {name: self.features(family.parts[name], rows, tokenizer) for name, rows in parts.items()}
            )
        content = content_digest(map(repr, examples))
        key = ("features", _settings(family.task), tokenizer.name_or_path, len(tokenizer), content)
        return self._remembered(key, family.tally, lambda: family.features(examples, tokenizer))

    def examples(self, family: Family, data: DataConfig, lang: str, split: Split) -> list[Any]:
        """Read a language and split, or give what was read before, if no file has changed since."""
        source = json.dumps(asdict(data), sort_keys=True)
        stamps = _stamps(data, family.task.name, lang)
        key = ("examples", _settings(family.task), source, stamps, lang, split)
        return self._remembered(key, family.tally, lambda: family.source.examples(lang, split))

    def _remembered(self, key: Hashable, tally: Tally, make: Callable[[], list[Any]]) -> list[Any]:
        """Make a list, or give it again; what making it counted is counted again."""
        if key in self._sets:
            made, counted = self._sets[key]
            for reason, uid in counted:
                tally.add(reason, uid)
        else:
            before = {reason: len(uids) for reason, uids in tally.uids.items()}
            made = make()
            counted = [
                (reason, uid) for reason, uids in tally.uids.items() for uid in uids[before.get(reason, 0) :]
            ]
            self._sets[key] = (made, counted)
        self._sets.move_to_end(key)
        while len(self._sets) > self._most_sets:
            self._sets.popitem(last=False)
        return made


def _settings(task: TaskConfig) -> str:
    return json.dumps(
        {name: value for name, value in asdict(task).items() if name not in _TRAINING}, sort_keys=True
    )


def _stamps(data: DataConfig, task: str, lang: str) -> tuple[tuple[str, int, int], ...]:
    """Sizes and times of the files of a language."""
    if data.source != "local":
        return ()
    folder = Path(str(data.root)).expanduser() / task / lang
    if not folder.is_dir():
        return ()
    stats = ((path.name, path.stat()) for path in sorted(folder.iterdir()))
    return tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats)
