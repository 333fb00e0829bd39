"""The splits that chosen examples are from, so that a split is encoded once, whatever is chosen of it."""

from collections import OrderedDict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from typing import Any

from xtl.data.digests import content_digest


class Whole:
    """All examples of one language and split.

    Attributes:
        rows: With uids as their file gives them.
    """

    def __init__(self, rows: Sequence[Any]) -> None:
        self.rows = rows

    @cached_property
    def digest(self) -> str:
        """Hash of the content."""
        return content_digest(map(repr, self.rows))

    @cached_property
    def _place_of(self) -> dict[str, int]:
        return {row.uid: place for place, row in enumerate(self.rows)}

    def places(self, rows: Sequence[Any]) -> list[int] | None:
        """Find examples, in their order; ``None`` unless all of them are here, as they are."""
        found = []
        for row in rows:
            place = self._place_of.get(row.uid)
            if place is None or self.rows[place] != row:
                return None
            found.append(place)
        return found


@dataclass(frozen=True, slots=True)
class Chosen:
    """Some examples of one language and split, or all.

    Attributes:
        whole: What they are from.
        places: Of each in ``whole``.
        uids: What each is called, which may have its language in front.
    """

    whole: Whole
    places: Sequence[int]
    uids: Sequence[str]

    @classmethod
    def all_of(cls, rows: Sequence[Any], uids: Sequence[str]) -> "Chosen":
        """Take examples for a split of their own."""
        return cls(Whole(rows), range(len(rows)), uids)

    def alone(self) -> "Chosen":
        """Take them for a split of their own, as if nothing were known of the rest."""
        return Chosen.all_of([self.whole.rows[place] for place in self.places], self.uids)


class Wholes:
    """The splits that were read."""

    def __init__(self) -> None:
        self._known: OrderedDict[Hashable, tuple[str, str, Whole]] = OrderedDict()

    def add(self, key: Hashable, settings: str, lang: str, rows: Sequence[Any]) -> None:
        """Remember a split.

        Args:
            key: What :meth:`forget` calls it.
            settings: Of the task.
            lang: Its language.
            rows: All of it.
        """
        if key not in self._known:
            self._known[key] = (settings, lang, Whole(rows))

    def forget(self, key: Hashable) -> None:
        """Let go of a split, if it is known."""
        self._known.pop(key, None)

    def chosen(self, settings: str, examples: Sequence[Any]) -> Iterator[Chosen]:
        """Say where examples are from; those of one language that stand together are of one split.

        Args:
            settings: Of their task.
            examples: As they are in files, or with the language in front of uids.

        Yields:
            What is neighbours in ``examples``; what was never read whole is a split of its own.
        """
        for lang, run in groupby(examples, key=lambda example: example.lang):
            given = list(run)
            rows, uids = [_as_in_file(example) for example in given], [example.uid for example in given]
            for known_settings, known_lang, whole in reversed(self._known.values()):
                if (known_settings, known_lang) == (settings, lang):
                    places = whole.places(rows)
                    if places is not None:
                        yield Chosen(whole, places, uids)
                        break
            else:
                yield Chosen.all_of(rows, uids)


def _as_in_file(example: Any) -> Any:  # noqa: ANN401  of any task
    """Take off what ``named_by_language`` puts in front."""
    front = f"{example.lang}:"
    return replace(example, uid=example.uid[len(front) :]) if example.uid.startswith(front) else example
