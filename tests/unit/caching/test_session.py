"""Features of subsets are those of the whole split: encoded once, exact for every task type."""

import hashlib
import sys
from copy import copy
from types import ModuleType

import pytest

import xtl
from tests.helpers.cells import composed_cell
from tests.helpers.tasks import TRAINED, plain
from xtl.caching.features import FeatureCache
from xtl.caching.session import SessionCache
from xtl.caching.settings import reading_settings
from xtl.data.splits import Subset, examples_of
from xtl.data.subsets import choose_rows
from xtl.models import tiny
from xtl.models.tokenizer import tokenizer_digest
from xtl.tasks.build import build_task

TASKS = (*TRAINED, "pocket_mining")
PACKED = "pocket_text"
SHORT = {"pocket_qa": ("target.max_len=120", "target.doc_stride=16", "target.max_query=64")}
"""Settings with which texts are cut, where those of the other tasks will not do."""


@pytest.fixture(scope="module")
def tokenizer():
    return tiny().tokenizer


def opened(name: str, *overrides: str):
    config = composed_cell(f"target={name}", "backbone=tiny", "data.sizes.train=32", *overrides)
    return build_task(config.target, config.data), config.data


def encoded_counts(task, monkeypatch) -> list[int]:
    """Note how many examples each split has that is encoded."""
    counts, encode = [], task.encode_in_chunks

    def noted(examples, tokenizer):
        counts.append(len(examples))
        return encode(examples, tokenizer)

    monkeypatch.setattr(task, "encode_in_chunks", noted)
    return counts


def chosen(splits, count):
    if count is None:
        return [Subset.first(split) for split in splits.values()]
    return choose_rows(splits, count, data_seed=0)


@pytest.mark.parametrize("name", TASKS)
def test_features_of_a_subset_are_what_encoding_it_alone_gives(name, tokenizer, tmp_path, monkeypatch):
    task, data = opened(name, *SHORT.get(name, ("target.max_len=24",)))
    cache = SessionCache.sized(folder=tmp_path)
    splits = {lang: cache.examples.split(task, data, lang, "train") for lang in ("de", "zh")}
    for count in (None, 40, 20):
        subsets = chosen(splits, count)
        alone, _ = opened(name, *SHORT.get(name, ("target.max_len=24",)))
        expected = alone.encode(examples_of(subsets), tokenizer)
        task.skip_counts.take()
        assert plain(cache.features.features(task, subsets, tokenizer)) == plain(expected)
        counted, counted_alone = (
            {reason: sorted(uids) for reason, uids in encoder.skip_counts.take().items()}
            for encoder in (task, alone)
        )
        assert counted == counted_alone
    counts = encoded_counts(task, monkeypatch)
    again = SessionCache.sized(folder=tmp_path)
    splits = {lang: again.examples.split(task, data, lang, "train") for lang in splits}
    subsets = chosen(splits, 30)
    rows = examples_of(subsets)
    assert plain(again.features.features(task, subsets, tokenizer)) == plain(alone.encode(rows, tokenizer))
    assert counts == ([len(rows)] if name == PACKED else [])  # lines that are packed hang on each other


def test_what_is_read_and_encoded_again_counts_once(tokenizer, tmp_path):
    task, data = opened("pocket_nli", "target.max_len=24")
    cache = SessionCache.sized(folder=tmp_path)
    split = cache.examples.split(task, data, "de", "train")
    for _ in range(3):
        cache.examples.split(task, data, "de", "train")
        cache.features.features(task, [Subset.first(split)], tokenizer)
    (uids,) = task.skip_counts.uids.values()
    assert len(uids) == len({*uids}) > 1
    # A second cell counts them too, although nothing is read or encoded for it.
    other, _ = opened("pocket_nli", "target.max_len=24")
    cache.features.features(
        other, [Subset.first(cache.examples.split(other, data, "de", "train"))], tokenizer
    )
    assert other.skip_counts.lines() == task.skip_counts.lines()


def test_two_languages_of_one_row_keep_their_features_apart(tokenizer, tmp_path):
    task, data = opened("pocket_pos")
    cache = SessionCache.sized(folder=tmp_path)
    splits = [cache.examples.split(task, data, lang, "validation") for lang in ("de", "fr")]
    features = cache.features.features(task, list(map(Subset.first, splits)), tokenizer)
    ids = [feature["id"] for feature in features]
    assert {id_.uid for id_ in ids if id_.lang == "de"} == {id_.uid for id_ in ids if id_.lang == "fr"}
    assert len(set(ids)) == sum(map(len, splits))


def test_a_split_that_training_and_evaluation_read_is_one_file(tokenizer, tmp_path, monkeypatch):
    task, data = opened("pocket_pos")
    cache = SessionCache.sized(folder=tmp_path)
    split = cache.examples.split(task, data, "de", "validation")
    counts = encoded_counts(task, monkeypatch)
    whole = cache.features.features(task, [Subset.first(split)], tokenizer)
    listed = cache.features.features(task, [Subset(split, list(range(len(split))))], tokenizer)
    assert plain(whole) == plain(listed)
    assert counts == [len(split)]
    path = cache.features.path(task, split, tokenizer)
    assert [file.name for file in tmp_path.glob("*.arrow")] == [path.name]


def test_a_few_rows_of_a_split_that_is_not_on_disk_are_encoded_alone(tokenizer, tmp_path, monkeypatch):
    task, data = opened("pocket_pos")
    counts = encoded_counts(task, monkeypatch)
    cache = SessionCache.sized(folder=tmp_path)
    split = cache.examples.split(task, data, "de", "train")
    few = choose_rows({"de": split}, 3, data_seed=0)
    cache.features.features(task, few, tokenizer)
    cache.features.features(task, [Subset.first(split)], tokenizer)
    FeatureCache(max_sets=9, folder=tmp_path).features(task, [Subset.first(split)], tokenizer)
    assert counts == [3, 32]
    afresh = SessionCache.sized(folder=tmp_path)
    split = afresh.examples.split(task, data, "de", "train")
    few = choose_rows({"de": split}, 3, data_seed=0)
    expected = plain(task.encode(examples_of(few), tokenizer))
    assert plain(afresh.features.features(task, few, tokenizer)) == expected
    assert counts == [3, 32]


def test_rows_of_another_seed_are_not_taken_for_those_of_this_one(tokenizer, tmp_path):
    cache = SessionCache.sized(folder=tmp_path)
    features = {}
    for seed in (1, 2, 1):
        task, data = opened("pocket_pos", f"data.seed={seed}")
        subset = Subset.first(cache.examples.split(task, data, "de", "train"), 20)
        features[seed] = cache.features.features(task, [subset], tokenizer)
        assert plain(features[seed]) == plain(task.encode(list(subset), tokenizer))
    assert plain(features[1]) != plain(features[2])


def test_the_digest_of_a_tokenizer_is_not_that_of_its_last_call(tmp_path):
    task, data = opened("pocket_pos")
    first, second = tiny().tokenizer, tiny().tokenizer
    cache = SessionCache.sized(folder=tmp_path)
    split = cache.examples.split(task, data, "de", "train")
    before = cache.features.path(task, split, first)
    first("a b c", truncation=True, max_length=2, padding="max_length")
    assert cache.features.path(task, split, second) == before
    assert cache.features.path(task, split, first) == before


def test_labels_that_come_from_the_training_set_have_files_of_their_own(tokenizer, tmp_path):
    task, data = opened("pocket_pos")
    cache = SessionCache.sized(folder=tmp_path)
    split = cache.examples.split(task, data, "de", "test")
    before = cache.features.path(task, split, tokenizer)
    task._labels = tuple(reversed(task.labels))
    assert cache.features.path(task, split, tokenizer) != before


def test_what_gets_too_much_to_keep_is_forgotten_and_still_right(tokenizer, tmp_path):
    task, data = opened("pocket_pos")
    cache = SessionCache.sized(folder=tmp_path, max_sets=2)
    for lang in ("de", "fr", "es", "de"):
        subset = Subset.first(cache.examples.split(task, data, lang, "train"), 10)
        features = cache.features.features(task, [subset], tokenizer)
        assert plain(features) == plain(task.encode(list(subset), tokenizer))
    assert len(cache.features._sets._lists) == len(cache.examples._splits._lists) == 2


OUTSIDE = """
from xtl.tasks.tagging.task import TaggingTask

class OutsideTask(TaggingTask):
    def encode(self, examples, tokenizer):
        return super().encode(examples, tokenizer)[: len(examples) - REMOVED]
"""


def outside_task(task, monkeypatch, path, removed):
    """A task of a class of another package, whose code encodes so many examples too few."""
    path.mkdir(exist_ok=True)
    code = OUTSIDE.replace("REMOVED", str(removed))
    (path / "outside_task.py").write_text(code)
    module = ModuleType("outside_task")
    module.__file__ = str(path / "outside_task.py")
    monkeypatch.setitem(sys.modules, "outside_task", module)
    exec(code, module.__dict__)  # noqa: S102  as an import would, without its cache of compiled code
    outside = copy(task)
    outside.__class__ = module.OutsideTask
    return outside


@pytest.mark.parametrize("in_notebook", [False, True])
def test_features_of_a_type_of_another_package_are_encoded_anew_when_its_code_changes(
    tokenizer, tmp_path, monkeypatch, in_notebook
):
    task, data = opened("pocket_pos")
    cache = SessionCache.sized(folder=tmp_path / "cache")
    split = cache.examples.split(task, data, "de", "train")
    for removed in (1, 2):
        for _ in "again":
            outside = outside_task(task, monkeypatch, tmp_path / "code", removed)
            if in_notebook:
                type(outside).__module__ = "__main__"
            # Of this cache, and of the next one, which has the files alone.
            for features in (cache.features, FeatureCache(max_sets=9, folder=tmp_path / "cache")):
                subset = Subset.first(split)
                assert len(features.features(outside, [subset], tokenizer)) == len(split) - removed
    assert len(list((tmp_path / "cache").glob("*.arrow"))) == (0 if in_notebook else 2)


def test_files_of_a_type_of_xtl_do_not_hang_on_its_code(tokenizer, tmp_path):
    task, data = opened("pocket_pos")
    cache = SessionCache.sized(folder=tmp_path)
    split = cache.examples.split(task, data, "de", "train")
    parts = [xtl.__version__, reading_settings(task.config), " ".join(task.labels)]
    parts += [tokenizer_digest(tokenizer), split.digest]
    name = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
    assert cache.features.path(task, split, tokenizer) == tmp_path / f"{name}.arrow"
