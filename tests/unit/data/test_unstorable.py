"""Records with more than their class declares, as a subclass may make them: no field is lost."""

from dataclasses import dataclass

import pytest

from tests.helpers.cells import composed_cell
from xtl.caching.example_files import reading_code
from xtl.caching.session import SessionCache
from xtl.data.splits import Subset
from xtl.data.stored import FeatureList, Layout, UnstorableError, open_rows, write_rows
from xtl.models import tiny
from xtl.tasks.build import build_task
from xtl.tasks.classification.types import ClassificationFeature
from xtl.types import ClassificationExample, ExampleId


@dataclass(frozen=True, kw_only=True, slots=True)
class Dated(ClassificationExample):
    """Pair with a date."""

    date: str


@dataclass(frozen=True, kw_only=True)
class Nested:
    """Values inside values, some of which may be left out."""

    pairs: list[tuple[int, int]]
    answers: list[ExampleId] | None


@pytest.mark.parametrize(
    ("record", "value"),
    [
        (ClassificationExample, Dated(uid="a", lang="en", first="", second=None, label=None, date="1")),
        (ClassificationFeature, {"id": ExampleId("en", "a"), "input_ids": [1], "label": 0.0, "date": "1"}),
        (ClassificationFeature, {"id": ExampleId("en", "a"), "input_ids": ["one"], "label": 0.0}),
        (ClassificationFeature, {"id": ExampleId("en", "a"), "input_ids": [2**40], "label": 0.0}),
        (ClassificationFeature, {"id": ExampleId("en", "a"), "input_ids": [1, None], "label": 0.0}),
        (ClassificationFeature, {"id": ExampleId("en", "a"), "input_ids": None, "label": 0.0}),
        (ClassificationFeature, {"id": ExampleId("en", "a"), "input_ids": [1], "label": None}),
        (ClassificationFeature, {"id": ExampleId("en", None), "input_ids": [1], "label": 0.0}),
        (
            ClassificationExample,
            ClassificationExample(uid="a", lang="en", first=None, second=None, label=None),
        ),
        (Nested, Nested(pairs=[(1, None)], answers=None)),
        (Nested, Nested(pairs=[], answers=[None])),
        (Nested, Nested(pairs=[], answers=[ExampleId("en", None)])),
    ],
)
def test_what_the_columns_cannot_hold_is_refused_and_leaves_no_file(record, value, tmp_path):
    with pytest.raises(UnstorableError):
        write_rows(tmp_path / "rows.arrow", Layout.of(record), [[value]], info=dict)
    assert list(tmp_path.iterdir()) == []


def test_a_file_with_nulls_as_versions_before_wrote_it_is_not_read(tmp_path, monkeypatch):
    layout, path = Layout.of(ClassificationFeature), tmp_path / "rows.arrow"
    feature = {"id": ExampleId("en", "a"), "input_ids": [1, None], "label": 0.0}
    with monkeypatch.context() as patch:
        patch.setattr(Layout, "has_nulls", lambda *_: False)
        write_rows(path, layout, [[feature]], info=dict)
        assert open_rows(path, layout)[0]["input_ids"] == [1, 0]  # which is why
    assert open_rows(path, layout) is None


def test_a_key_that_a_subclass_adds_to_features_comes_back(tmp_path, monkeypatch):
    config = composed_cell("target=pocket_nli", "backbone=tiny", "data.sizes.train=16")
    task = build_task(config.target, config.data)
    encode = task.encode
    monkeypatch.setattr(
        task, "encode", lambda *given: [{**feature, "weight": 2.0} for feature in encode(*given)]
    )
    cache = SessionCache.sized(folder=tmp_path)
    split = cache.examples.split(task, config.data, "en", "train")
    features = cache.features.features(task, [Subset.first(split)], tiny().tokenizer)
    assert isinstance(features, FeatureList)
    assert [feature["weight"] for feature in features] == [2.0] * 16
    assert features.lengths() == [len(feature["input_ids"]) for feature in features]


def test_the_code_that_reads_is_part_of_the_name_and_a_class_of_no_file_has_none():
    class InFile:
        pass

    task = build_task(composed_cell("target=pocket_nli", "backbone=tiny").target, composed_cell().data)
    codes = {reading_code(type(task)), reading_code(InFile)}
    assert None not in codes
    assert len(codes) == 2
    of_notebook = type("OfNotebook", (), {"__module__": "__main__"})
    assert reading_code(of_notebook) is None
