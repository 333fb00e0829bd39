"""Items made ahead: in order, errors in their place, the next one while the last is used."""

import threading

import pytest

from xtl.caching.ahead import made_ahead


def test_an_error_comes_where_its_item_would_have_come():
    def items():
        yield 0  # an item like any other
        yield None
        raise ValueError("the third item")

    ahead = made_ahead(items())
    assert [next(ahead), next(ahead)] == [0, None]
    with pytest.raises(ValueError, match="the third item"):
        next(ahead)


def test_the_next_item_is_made_while_the_last_is_used():
    is_begun = threading.Event()

    def items():
        yield 1
        is_begun.set()
        yield 2

    ahead = made_ahead(items())
    assert next(ahead) == 1
    assert is_begun.wait(10)  # before it is asked for
    assert list(ahead) == [2]


def test_an_iterator_that_is_left_early_ends_its_thread():
    made = []
    ahead = made_ahead(made.append(number) or number for number in range(9))
    assert next(ahead) == 0
    ahead.close()
    assert made == [0, 1]
    assert not [thread for thread in threading.enumerate() if "ThreadPool" in thread.name]
