import dataclasses

import pytest

from tests.helpers.factories import example


def test_words_and_tags_must_be_as_many():
    with pytest.raises(
        ValueError, match=r"udpos/test/0 \(en\): expected one tag a word, got 2 words and 1 tags"
    ):
        example(["a", "b"], ["X"])


def test_examples_do_not_change():
    with pytest.raises(dataclasses.FrozenInstanceError):
        example(["a"], ["X"]).lang = "de"
