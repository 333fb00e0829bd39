"""A small tagged data set of three made-up languages, as files."""

from pathlib import Path

WORDS = {
    "en": {"NOUN": "dog cat house tree", "VERB": "sees eats runs", "DET": "the a", "PUNCT": ". !"},
    "de": {"NOUN": "Hund Katze Haus Baum", "VERB": "sieht isst rennt", "DET": "der die", "PUNCT": ". !"},
    "hi": {"NOUN": "कुत्ता बिल्ली घर पेड़", "VERB": "देखता खाता", "DET": "वह यह", "PUNCT": "। !"},
}
PATTERN = ("DET", "NOUN", "VERB", "DET", "NOUN", "PUNCT")


def sentence(lang: str, row: int) -> list[tuple[str, str]]:
    """Make row ``row``: the same pattern in every language, words that differ by row."""
    tagged = []
    for position, tag in enumerate(PATTERN[: 6 - row % 2 * 2]):
        choices = WORDS[lang][tag].split()
        tagged.append((choices[(row * 7 + position * 3) % len(choices)], tag))
    return tagged


def conllu(sentences: list[list[tuple[str, str]]]) -> str:
    """Write sentences as CoNLL-U."""
    blocks = [
        "".join(
            f"{position}\t{word}\t_\t{tag}\t_\t_\t{position - 1}\t_\t_\t_\n"
            for position, (word, tag) in enumerate(rows, 1)
        )
        for rows in sentences
    ]
    return "\n".join(blocks) + "\n"


def write_corpus(root: Path) -> Path:
    """Write three rows of each split of the task ``udpos``, other ones in each, in two languages."""
    for lang in ("en", "de"):
        for number, split in enumerate(("train", "validation", "test")):
            write_split(root, lang, split, range(number * 10, number * 10 + 3))
    return root


def write_split(root: Path, lang: str, split: str, rows: range) -> Path:
    """Write one file of the task ``udpos``."""
    path = root / "udpos" / lang / f"{split}.conllu"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(conllu([sentence(lang, row) for row in rows]), encoding="utf-8")
    return path
