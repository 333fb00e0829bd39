"""Features of what is chosen are those of the whole split: encoded once, exact for every family."""

import pytest

from tests.helpers.cells import composed_cell
from tests.helpers.families import TRAINED, plain
from xtl.caching.session import SessionCache
from xtl.data.subsets import choose_rows
from xtl.models import tiny
from xtl.tasks.base import named_by_language
from xtl.tasks.registry import build_task

TASKS = (*TRAINED, "pocket_mining")
PACKED = "pocket_text"
SHORT = {"pocket_qa": ("target.max_len=120", "target.doc_stride=16", "target.max_query=64")}
"""Settings with which texts are cut, where those of the other tasks will not do."""


@pytest.fixture(scope="module")
def tokenizer():
    return tiny().tokenizer


def opened(task: str, *overrides: str):
    config = composed_cell(f"target={task}", "backbone=tiny", "data.sizes.train=32", *overrides)
    return build_task(config.target, config.data), config.data


def counted_calls(family, monkeypatch) -> list[int]:
    """Note how many examples each call of ``features`` encodes."""
    calls, encode = [], family.features

    def noted(examples, tokenizer):
        calls.append(len(examples))
        return encode(examples, tokenizer)

    monkeypatch.setattr(family, "features", noted)
    return calls


def chosen_of(rows_of_lang, count):
    if count is None:
        return [row for rows in rows_of_lang.values() for row in rows]
    return choose_rows(rows_of_lang, count, data_seed=0)


@pytest.mark.parametrize("task", TASKS)
def test_chosen_features_are_what_encoding_them_alone_gives(task, tokenizer, tmp_path, monkeypatch):
    family, data = opened(task, *SHORT.get(task, ("target.max_len=24",)))
    memory = SessionCache(folder=tmp_path)
    rows_of_lang = {lang: memory.examples(family, data, lang, "train") for lang in ("de", "zh")}
    for count in (None, 40, 20):
        named = named_by_language(chosen_of(rows_of_lang, count))
        alone, _ = opened(task, *SHORT.get(task, ("target.max_len=24",)))
        expected = alone.features(named, tokenizer)
        family.skip_counts.take()
        assert plain(memory.features(family, named, tokenizer)) == plain(expected)
        told = {reason: sorted(uids) for reason, uids in family.skip_counts.take().items()}
        own = {reason: sorted(uid.partition(":")[2] for uid in uids)
               for reason, uids in alone.skip_counts.take().items()}  # fmt: skip
        assert told == own
    calls = counted_calls(family, monkeypatch)
    again = SessionCache(folder=tmp_path)
    for lang in rows_of_lang:
        again.examples(family, data, lang, "train")
    named = named_by_language(chosen_of(rows_of_lang, 30))
    assert plain(again.features(family, named, tokenizer)) == plain(alone.features(named, tokenizer))
    assert calls == ([len(named)] if task == PACKED else [])  # lines that are packed hang on each other


def test_a_split_without_names_and_with_them_is_one_file(tokenizer, tmp_path, monkeypatch):
    family, data = opened("pocket_pos")
    memory = SessionCache(folder=tmp_path)
    rows = memory.examples(family, data, "de", "validation")
    calls = counted_calls(family, monkeypatch)
    plain_uids = {feature["uid"] for feature in memory.features(family, rows, tokenizer)}
    named_uids = {one["uid"] for one in memory.features(family, named_by_language(rows), tokenizer)}
    assert named_uids == {f"de:{uid}" for uid in plain_uids}
    assert calls == [len(rows)]
    assert [path.name for path in tmp_path.glob("*.jsonl")] == [memory.file_of(family, rows, tokenizer).name]


def test_a_few_rows_of_a_split_that_is_not_there_are_encoded_alone(tokenizer, tmp_path, monkeypatch):
    family, data = opened("pocket_pos")
    calls = counted_calls(family, monkeypatch)
    memory = SessionCache(folder=tmp_path)
    rows = memory.examples(family, data, "de", "train")
    few = named_by_language(choose_rows({"de": rows}, 3, data_seed=0))
    memory.features(family, few, tokenizer)
    memory.features(family, named_by_language(rows), tokenizer)
    SessionCache(folder=tmp_path).features(family, named_by_language(rows), tokenizer)
    assert calls == [3, 32]
    afresh = SessionCache(folder=tmp_path)
    afresh.examples(family, data, "de", "train")
    assert afresh.features(family, few, tokenizer) == plain(family.features(few, tokenizer))
    assert calls == [3, 32, 3]  # the last one is the test's own


def test_rows_of_another_seed_are_not_taken_for_those_of_this_one(tokenizer, tmp_path):
    memory = SessionCache(folder=tmp_path)
    found = {}
    for seed in (1, 2, 1):
        family, data = opened("pocket_pos", f"data.seed={seed}")
        rows = named_by_language(memory.examples(family, data, "de", "train")[:20])
        found[seed] = memory.features(family, rows, tokenizer)
        assert plain(found[seed]) == plain(family.features(rows, tokenizer))
    assert found[1] != found[2]


def test_the_digest_of_a_tokenizer_is_not_that_of_its_last_call(tmp_path):
    family, data = opened("pocket_pos")
    first, other = tiny().tokenizer, tiny().tokenizer
    memory = SessionCache(folder=tmp_path)
    rows = memory.examples(family, data, "de", "train")
    before = memory.file_of(family, rows, first)
    first("a b c", truncation=True, max_length=2, padding="max_length")
    assert memory.file_of(family, rows, other) == before
    assert memory.file_of(family, rows, first) == before


def test_labels_that_come_from_the_training_set_have_files_of_their_own(tokenizer, tmp_path):
    family, data = opened("pocket_pos")
    memory = SessionCache(folder=tmp_path)
    rows = memory.examples(family, data, "de", "test")
    before = memory.file_of(family, rows, tokenizer)
    family._labels = tuple(reversed(family.labels))
    assert memory.file_of(family, rows, tokenizer) != before


def test_what_gets_too_much_to_keep_is_forgotten_and_still_right(tokenizer, tmp_path):
    family, data = opened("pocket_pos")
    memory = SessionCache(folder=tmp_path, most_sets=2)
    for lang in ("de", "fr", "es", "de"):
        rows = named_by_language(memory.examples(family, data, lang, "train")[:10])
        assert plain(memory.features(family, rows, tokenizer)) == plain(family.features(rows, tokenizer))
    assert len(memory._sets) == 2
