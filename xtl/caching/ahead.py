"""Items that are made while the one before is used."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def made_ahead(items: Iterator[T]) -> Iterator[T]:
    """Items of an iterator, in order, the next one made in a thread while the caller uses the last.

    It saves time where one of both works outside Python, as the tokenizer does. An error comes where its item
    would have come; an iterator that is left early has made one item more than was asked for.

    Example:
        >>> list(made_ahead(iter("abc")))
        ['a', 'b', 'c']
    """
    with ThreadPoolExecutor(max_workers=1) as thread:
        ahead = thread.submit(_next, items)
        while item := ahead.result():
            ahead = thread.submit(_next, items)
            yield item[0]


def _next(items: Iterator[T]) -> tuple[T] | tuple[()]:
    """The next item; nothing at the end: a thread cannot hand StopIteration on."""
    for item in items:
        return (item,)
    return ()
