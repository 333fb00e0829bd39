"""What cells share: the encoder as it was pretrained, files as they were read, and, on disk too, features."""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from torch import Tensor
from transformers import PreTrainedTokenizerBase

import xtl
from xtl.config import BackboneConfig, DataConfig, TaskConfig
from xtl.data import Counted, cached, features_folder
from xtl.models import Pretrained, resize_feed_forward
from xtl.phases.families import Family, MixtureFamily
from xtl.phases.key import content_digest, weights_digest
from xtl.tally import Tally
from xtl.types import Split

_TRAINING = (
    "recipe", "lang", "langs", "fraction", "size", "mix", "shots", "budget", "eval_split", "languages",
    "reference", "metrics", "languages_xtreme_r", "train_languages", "licence", "tuning",
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

    def __init__(self, *, most_sets: int = 128, folder: Path | None = None) -> None:
        """Begin with nothing.

        Args:
            most_sets: Sets that are kept; the one that was not used for longest goes first.
            folder: Of features, which other processes share; ``None``: ``features`` in xtl's cache.
        """
        self._folder = folder or features_folder()
        self._tokenizer: tuple[PreTrainedTokenizerBase, str] | None = None
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
        key = ("features", _settings(family.task), self._digest_of(tokenizer), content)
        return self._remembered(key, family.tally, lambda: self._encoded(key, family, examples, tokenizer))

    def examples(self, family: Family, data: DataConfig, lang: str, split: Split) -> list[Any]:
        """Read a language and split, or give what was read before, if no file has changed since."""
        source = json.dumps(asdict(data), sort_keys=True)
        stamps = _stamps(data, family.task.folder or family.task.name, lang)
        key = ("examples", _settings(family.task), source, stamps, lang, split)
        return self._remembered(key, family.tally, lambda: family.source.examples(lang, split))

    def _encoded(
        self,
        key: tuple[str, ...],
        family: Family,
        examples: Sequence[Any],
        tokenizer: PreTrainedTokenizerBase,
    ) -> list[Any]:
        """Take features from the disk, or encode and put them there."""
        name = hashlib.sha256("\0".join([xtl.__version__, *key]).encode()).hexdigest()[:32]
        was_there = True

        def encode() -> tuple[list[Any], Counted]:
            nonlocal was_there
            was_there = False
            return _counting(family.tally, lambda: family.features(examples, tokenizer))

        features, counted = cached(self._folder / f"{name}.jsonl", encode)
        if was_there:
            for reason, uid in counted:
                family.tally.add(reason, uid)
        return features

    def _digest_of(self, tokenizer: PreTrainedTokenizerBase) -> str:
        """Hash all that a tokenizer does; the last one is remembered, as that takes a while."""
        if self._tokenizer is None or self._tokenizer[0] is not tokenizer:
            told = f"{tokenizer.backend_tokenizer.to_str()}{tokenizer.special_tokens_map}"
            self._tokenizer = (tokenizer, hashlib.sha256(told.encode()).hexdigest())
        return self._tokenizer[1]

    def _remembered(self, key: Hashable, tally: Tally, make: Callable[[], list[Any]]) -> list[Any]:
        """Make a list, or give it again; what making it counted is counted again."""
        if key in self._sets:
            made, counted = self._sets[key]
            for reason, uid in counted:
                tally.add(reason, uid)
        else:
            made, counted = _counting(tally, make)
            self._sets[key] = (made, counted)
        self._sets.move_to_end(key)
        while len(self._sets) > self._most_sets:
            self._sets.popitem(last=False)
        return made


def _counting(tally: Tally, make: Callable[[], list[Any]]) -> tuple[list[Any], Counted]:
    """Make a list; give it with what making it counted."""
    before = {reason: len(uids) for reason, uids in tally.uids.items()}
    made = make()
    return made, [
        (reason, uid) for reason, uids in tally.uids.items() for uid in uids[before.get(reason, 0) :]
    ]


def _settings(task: TaskConfig) -> str:
    return json.dumps(
        {name: value for name, value in asdict(task).items() if name not in _TRAINING}, sort_keys=True
    )


def _stamps(data: DataConfig, task: str, lang: str) -> tuple[tuple[str, int, int], ...]:
    """Sizes and times of the files of a language; what comes from the hub or from pocket has none."""
    if data.source != "local":
        return ()
    folder = Path(str(data.root)).expanduser() / task / lang
    if not folder.is_dir():
        return ()
    stats = ((path.name, path.stat()) for path in sorted(folder.iterdir()))
    return tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats)
