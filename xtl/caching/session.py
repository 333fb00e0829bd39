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
from xtl.caching.feature_files import Counted, Units, cached, features_folder
from xtl.caching.splits import Chosen, Wholes
from xtl.counts import SkipCounts
from xtl.data.digests import content_digest
from xtl.models import Pretrained, resize_feed_forward
from xtl.models.digest import weights_digest
from xtl.schemas.backbone import BackboneConfig
from xtl.schemas.data import DataConfig
from xtl.schemas.task import TaskConfig
from xtl.tasks.base import Task, packs_examples
from xtl.tasks.mixture.task import MixtureTask
from xtl.types import SplitName

_TRAINING = (
    "recipe", "lang", "langs", "fraction", "size", "lang_sampling", "shots", "budget", "eval_split", "languages",
    "reference", "languages_xtreme_r", "train_languages", "licence", "tuning", "published", "aligned",
)  # fmt: skip
"""Settings of a task that neither reading nor encoding looks at."""


_FEW = 8
"""A split that is not on disk is encoded whole if more than one row in so many is wanted."""


@dataclass(slots=True)
class _Pristine:
    """An encoder that cells train, and its weights as they were."""

    pretrained: Pretrained
    weights: dict[str, Tensor]
    digest: str
    used: bool = False


class SessionCache:
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
        self._wholes = Wholes()
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

    def features(self, task: Task, examples: Sequence[Any], tokenizer: PreTrainedTokenizerBase) -> list[Any]:
        """Encode examples, or give what they became before; a mixture's task by task.

        On disk there are whole splits: what is chosen of one, be it little or much, is taken from it.
        """
        if isinstance(task, MixtureTask):
            parts = task.by_part(examples)
            return task.mixed(
                {name: self.features(task.parts[name], rows, tokenizer) for name, rows in parts.items()}
            )
        return [
            feature
            for chosen in self._chosen(task, examples)
            for feature in self._features_of(task, chosen, tokenizer)
        ]

    def file_of(self, task: Task, examples: Sequence[Any], tokenizer: PreTrainedTokenizerBase) -> Path:
        """Say where the features of a whole split stand, or will.

        Args:
            task: Its task.
            examples: All of the split, in one language.
            tokenizer: What encodes them.
        """
        (chosen,) = self._chosen(task, examples)
        return self._file(task, chosen, tokenizer)

    def examples(self, task: Task, data: DataConfig, lang: str, split: SplitName) -> list[Any]:
        """Read a language and split, or give what was read before, if no file has changed since."""
        source = json.dumps(asdict(data), sort_keys=True)
        stamps = _stamps(data, task.config.folder or task.name, lang)
        settings = _settings(task.config)
        key = ("examples", settings, source, stamps, lang, split)
        made = self._remembered(key, task.skip_counts, lambda: task.source.examples(lang, split))
        self._wholes.add(key, settings, lang, made)
        return made

    def _chosen(self, task: Task, examples: Sequence[Any]) -> list[Chosen]:
        if packs_examples(task):  # a feature holds several examples: others would make another one
            return [Chosen.all_of(examples, [example.uid for example in examples])]
        return list(self._wholes.chosen(_settings(task.config), examples))

    def _features_of(self, task: Task, chosen: Chosen, tokenizer: PreTrainedTokenizerBase) -> list[Any]:
        """Give features under the names that were asked for."""
        path = self._file(task, chosen, tokenizer)
        if len(chosen.places) * _FEW < len(chosen.whole.rows) and not path.is_file():
            chosen = chosen.alone()
            path = self._file(task, chosen, tokenizer)
        key = ("features", path.name, content_digest(chosen.uids))
        return self._remembered(key, task.skip_counts, lambda: self._from_disk(path, task, chosen, tokenizer))

    def _from_disk(
        self, path: Path, task: Task, chosen: Chosen, tokenizer: PreTrainedTokenizerBase
    ) -> list[Any]:
        """Take features from the disk, or encode the split and put it there; count what is chosen of it."""
        packs = packs_examples(task)

        def encode() -> tuple[Units, Counted]:
            rows = chosen.whole.rows
            made, counted = _apart(task.skip_counts, lambda: task.features(rows, tokenizer))
            return [made] if packs else _by_example(rows, made), counted

        units, counted = cached(path, encode, chosen=[0] if packs else chosen.places)
        rows = [chosen.whole.rows[place] for place in chosen.places]
        names = {f"{row.lang}:{row.uid}" for row in rows}
        for reason, uid in counted:
            if uid in names:
                task.skip_counts.add(reason, uid)
        if packs:
            return units[0]
        named = zip(units, chosen.uids, strict=True)
        return [_named(feature, uid) for unit, uid in named for feature in unit]

    def _file(self, task: Task, chosen: Chosen, tokenizer: PreTrainedTokenizerBase) -> Path:
        """Name the file of a split after all that decides its features."""
        decides = (
            xtl.__version__, _settings(task.config), " ".join(task.labels), self._digest_of(tokenizer),
            chosen.whole.digest,
        )  # fmt: skip
        name = hashlib.sha256("\0".join(decides).encode()).hexdigest()[:32]
        return self._folder / f"{name}.jsonl"

    def _digest_of(self, tokenizer: PreTrainedTokenizerBase) -> str:
        """Hash all that a tokenizer does; the last one is remembered, as that takes a while."""
        if self._tokenizer is None or self._tokenizer[0] is not tokenizer:
            backend = tokenizer.backend_tokenizer
            backend.no_truncation()  # what the last call left there is no part of it, and set at every call
            backend.no_padding()
            told = f"{backend.to_str()}{tokenizer.special_tokens_map}"
            self._tokenizer = (tokenizer, hashlib.sha256(told.encode()).hexdigest())
        return self._tokenizer[1]

    def _remembered(self, key: Hashable, skip_counts: SkipCounts, make: Callable[[], list[Any]]) -> list[Any]:
        """Make a list, or give it again; what making it counted is counted again."""
        if key in self._sets:
            made, counted = self._sets[key]
            for reason, uid in counted:
                skip_counts.add(reason, uid)
        else:
            made, counted = _counting(skip_counts, make)
            self._sets[key] = (made, counted)
        self._sets.move_to_end(key)
        while len(self._sets) > self._most_sets:
            gone, _ = self._sets.popitem(last=False)
            self._wholes.forget(gone)
        return made


def _counting(skip_counts: SkipCounts, make: Callable[[], list[Any]]) -> tuple[list[Any], Counted]:
    """Make a list; give it with what making it counted."""
    before = {reason: len(uids) for reason, uids in skip_counts.uids.items()}
    made = make()
    return made, [
        (reason, uid) for reason, uids in skip_counts.uids.items() for uid in uids[before.get(reason, 0) :]
    ]


def _apart(skip_counts: SkipCounts, make: Callable[[], list[Any]]) -> tuple[list[Any], Counted]:
    """Make a list; give it with what making it counted, which ``skip_counts`` then does not have."""
    before = skip_counts.take()
    made = make()
    counted = [(reason, uid) for reason, uids in skip_counts.take().items() for uid in uids]
    for reason, uids in before.items():
        for uid in uids:
            skip_counts.add(reason, uid)
    return made, counted


def _by_example(rows: Sequence[Any], features: Sequence[Any]) -> Units:
    """Put the features of each example together."""
    by_uid: dict[str, list[Any]] = {row.uid: [] for row in rows}
    for feature in features:
        by_uid[feature["uid"]].append(feature)
    return list(by_uid.values())


def _named(feature: Any, uid: str) -> Any:  # noqa: ANN401  of any task
    """Call a feature, and its group, after ``uid``."""
    if feature["uid"] == uid:
        return feature
    renamed = {**feature, "uid": uid}
    if "group" in feature:
        renamed["group"] = uid + feature["group"].removeprefix(feature["uid"])
    return renamed


def _settings(task: TaskConfig) -> str:
    settings = {name: value for name, value in asdict(task).items() if name not in _TRAINING}
    return json.dumps(settings, sort_keys=True)


def _stamps(data: DataConfig, task: str, lang: str) -> tuple[tuple[str, int, int], ...]:
    """Sizes and times of the files of a language; what comes from the hub or from pocket has none."""
    if data.source != "local":
        return ()
    folder = Path(str(data.root)).expanduser() / task / lang
    if not folder.is_dir():
        return ()
    stats = ((path.name, path.stat()) for path in sorted(folder.iterdir()))
    return tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats)
