"""CoNLL-U files (https://universaldependencies.org/format.html) to words with UPOS, or with supertags."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from xtl.errors import DataFormatError
from xtl.readers.lines import Row, blocks

TaggedWords = tuple[tuple[str, ...], tuple[str, ...]]
"""Words of a sentence, and one tag for each."""

TaggedWord = tuple[str, str]
"""A word and its tag."""

Withheld = Callable[[int], object]
"""Function that gets the first line of each sentence whose words are withheld."""


_NUM_COLUMNS = 10

_ID, _FORM, _UPOS, _HEAD, _DEPREL, _DEPS = 0, 1, 3, 6, 7, 8


_NON_JOINER = "\u200c"

_ID_PATTERN = re.compile(r"\d+([-.]\d+)?")


# Tables of XTREME's script: they decide between words of a range that are equally near to the root.
_PRECEDENCE = {
    "es": "VERB AUX PRON ADP DET",
    "fr": "VERB AUX PRON NOUN ADJ ADV ADP DET PART SCONJ CONJ",
    "it": "VERB AUX ADV PRON ADP DET INTJ",
}


_DEFAULT_PRECEDENCE = "VERB NOUN PROPN PRON ADJ NUM ADV INTJ AUX ADP DET PART CCONJ SCONJ X PUNCT"


def read_conllu(
    path: Path, *, lang: str = "", fused_forms: bool = False, withheld: Withheld | None = None
) -> Iterator[TaggedWords]:
    """Read FORM and UPOS of the syntactic words (integer ids).

    As in XTREME's ``utils_preprocess.py``, a sentence is left out of whose forms all, or all but one, are
    ``_``: its treebank withholds its text, though others in the file may not.

    Multiword ranges (``3-4``) and empty nodes (``5.1``) are left out. With ``fused_forms`` a range stands
    instead of its words, as XTREME's ``conllu_to_conll.py --replace_subtokens_with_fused_forms`` makes it:
    its tag is that of the word of the range with the fewest words above it, where trees and enhanced
    dependencies (DEPS) count, and of several the one first in a precedence of tags by language. Spaces and
    zero width non-joiners inside words are then removed, as the benchmark does.

    Args:
        path: CoNLL-U file.
        lang: ISO 639-1 code, for the precedence of tags with ``fused_forms``.
        fused_forms: Whether a fused form replaces its words.
        withheld: Function that gets the first line of each sentence whose words are withheld.

    Yields:
        The words and tags of each sentence that has any, in file order. A missing tag (``_``) becomes ``X``.

    Raises:
        DataNotFoundError: if the file is not there.
        DataFormatError: if a line does not have ten columns, an id or head is no number, the ids of a
            sentence start again, or the words of all sentences are withheld.
    """
    words_of = partial(_fused_words, path, lang=lang) if fused_forms else _syntactic_words
    for words in _present(path, words_of, withheld):
        forms = [_without_spaces(form) if fused_forms else form for form, _ in words]
        yield tuple(forms), tuple("X" if upos == "_" else upos for _, upos in words)


def read_supertags(path: Path, *, withheld: Withheld | None = None) -> Iterator[TaggedWords]:
    """Read FORM and, as the tag of each syntactic word, its part in the tree.

    A tag is relation, side of the head, part of speech of the head: ``nsubj/R/VERB`` is the subject of a verb
    to its right. Subtypes of relations (``nsubj:pass``), which treebanks divide differently, are cut off. The
    root's tag is ``root``. Sentences whose words are withheld are left out, as :func:`read_conllu` does.

    Args:
        path: CoNLL-U file.
        withheld: Function that gets the first line of each sentence whose words are withheld.

    Yields:
        The words and tags of each sentence that has any, in file order.

    Raises:
        DataNotFoundError: if the file is not there.
        DataFormatError: if a line does not have ten columns, the ids of a sentence start again, a word lacks
            its head or relation, or the words of all sentences are withheld.
    """
    for words in _present(path, partial(_supertagged_words, path), withheld):
        yield tuple(form for form, _ in words), tuple(tag for _, tag in words)


def _present(
    path: Path, words_of: Callable[[Sequence[Row]], list[TaggedWord]], withheld: Withheld | None
) -> Iterator[list[TaggedWord]]:
    """Words of each sentence that has any and does not withhold them."""
    num_words = num_withheld = 0
    for rows in _sentences(path):
        words = words_of(rows)
        num_underscores = sum(form.strip() == "_" for form, _ in words)
        num_words, num_withheld = num_words + len(words), num_withheld + num_underscores
        if num_underscores and num_underscores >= len(words) - 1:
            if withheld is not None:
                withheld(rows[0][0])
        elif words:
            yield words
    if num_words and num_words == num_withheld:
        raise DataFormatError(
            f"{path}: expected words in column 2 (FORM), got '_' for all {num_words:,} of them: this "
            "treebank withholds its text for reasons of licence; get the text as its README says and put it "
            "in with the script beside it, or leave this language out"
        )


def _sentences(path: Path) -> Iterator[Sequence[Row]]:
    """Lines of each sentence, checked."""
    for rows in blocks(path, lambda line: line.startswith("#")):
        last_id = 0
        for number, columns in rows:
            _check_row(path, number, columns)
            if columns[_ID].isdecimal():
                last_id = _next_id(path, number, columns, last_id)
        yield rows


def _next_id(path: Path, number: int, columns: Sequence[str], last_id: int) -> int:
    """Id of a word, which must be above that of the word before."""
    word_id = int(columns[_ID])
    if word_id <= last_id:
        raise DataFormatError(
            f"{path}:{number}: expected an id above {last_id} in column 1, got {word_id}; put a blank "
            "line between two sentences (also between two files that are put together)"
        )
    return word_id


def _supertagged_words(path: Path, rows: Sequence[Row]) -> list[TaggedWord]:
    syntactic = [(number, columns) for number, columns in rows if columns[_ID].isdecimal()]
    upos = {columns[_ID]: columns[_UPOS] for _, columns in syntactic}
    return [(columns[_FORM], _supertag(path, number, columns, upos)) for number, columns in syntactic]


def _supertag(path: Path, number: int, columns: Sequence[str], upos: Mapping[str, str]) -> str:
    head, relation = columns[_HEAD], columns[_DEPREL].split(":")[0]
    if head == "0":
        return "root"
    if head not in upos or relation in ("", "_"):
        raise DataFormatError(
            f"{path}:{number}: expected the number of a word in column 7 (HEAD) and a relation in column 8 "
            f"(DEPREL), got {head!r} and {columns[_DEPREL]!r}; supertags are made from whole trees"
        )
    side = "R" if int(head) > int(columns[_ID]) else "L"
    return f"{relation}/{side}/{'X' if upos[head] == '_' else upos[head]}"


def _check_row(path: Path, number: int, columns: Sequence[str]) -> None:
    if len(columns) != _NUM_COLUMNS:
        raise DataFormatError(
            f"{path}:{number}: expected {_NUM_COLUMNS} columns between tabs (ID FORM LEMMA UPOS ...), got "
            f"{len(columns)}: {_shortened(columns)}; see https://universaldependencies.org/format.html"
        )
    if not columns[_FORM]:
        raise DataFormatError(
            f"{path}:{number}: expected a word in column 2 (FORM), got nothing; put '_' if it has none"
        )
    if not _ID_PATTERN.fullmatch(columns[_ID]):
        raise DataFormatError(
            f"{path}:{number}: expected an id such as 3, 3-4 or 3.1 in column 1, got {columns[_ID]!r}"
        )


def _shortened(columns: Sequence[str], limit: int = 60) -> str:
    text = "<tab>".join(columns)
    return repr(text if len(text) <= limit else text[: limit - 1] + "…")


def _syntactic_words(rows: Sequence[Row]) -> list[TaggedWord]:
    return [(columns[_FORM], columns[_UPOS]) for _, columns in rows if columns[_ID].isdecimal()]


def _fused_words(path: Path, rows: Sequence[Row], *, lang: str) -> list[TaggedWord]:
    """Put each multiword range in the place of its words."""
    upos = {int(columns[_ID]): columns[_UPOS] for _, columns in rows if columns[_ID].isdecimal()}
    parents = _parents(path, rows)
    precedence = _PRECEDENCE.get(lang, _DEFAULT_PRECEDENCE).split()
    words: list[TaggedWord] = []
    covered_to = 0
    for _, columns in rows:
        if "-" in columns[_ID]:
            # The range comes before its words, which are passed over when their lines come.
            first, last = map(int, columns[_ID].split("-"))
            members = [word for word in range(first, last + 1) if word in upos]
            if not members:
                continue
            head = min(
                members, key=lambda word: (_num_above(word, parents), _rank(upos[word], precedence), word)
            )
            words.append((columns[_FORM], upos[head]))
            covered_to = last
        elif columns[_ID].isdecimal() and int(columns[_ID]) > covered_to:
            words.append((columns[_FORM], columns[_UPOS]))
    return words


def _rank(upos: str, precedence: Sequence[str]) -> int:
    return precedence.index(upos) if upos in precedence else len(precedence)


def _without_spaces(form: str) -> str:
    """Remove what separates nothing inside a word; one of nothing else stays as it is, without its ends."""
    stripped = form.strip()
    # No file of words and tags can hold an empty word.
    return stripped.replace(_NON_JOINER, "").replace(" ", "") or stripped


def _parents(path: Path, rows: Sequence[Row]) -> dict[int, set[int]]:
    """Numbers of the words directly above each word, 0 for the root."""
    parents = {}
    for number, columns in rows:
        if columns[_ID].isdecimal():
            if not columns[_HEAD].isdecimal():
                raise DataFormatError(
                    f"{path}:{number}: expected a number in column 7 (HEAD), got "
                    f"{columns[_HEAD]!r}; fused forms take "
                    "the tag of the word nearest to the root, so the tree must be there"
                )
            enhanced = [edge.partition(":")[0] for edge in columns[_DEPS].split("|")]
            heads = [columns[_HEAD], *enhanced]
            parents[int(columns[_ID])] = {int(head) for head in heads if head.isdecimal()}
    return parents


def _num_above(word: int, parents: Mapping[int, set[int]]) -> int:
    """Count the words above a word on any way to the root. A cycle ends where it closes."""
    above: set[int] = set()
    waiting = list(parents[word])
    while waiting:
        ancestor = waiting.pop()
        if ancestor not in above and ancestor != word:
            above.add(ancestor)
            waiting += parents.get(ancestor, ())
    return len(above)
