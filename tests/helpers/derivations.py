"""Derivations of CCGbank, as files of a task of one's own."""

from pathlib import Path

DERIVATION = (
    "ID=wsj_{number:04}.1 PARSER=GOLD NUMPARSE=1\n"
    "(<T S[dcl] 0 2> (<T NP 0 1> (<L NP/N DT DT The NP_1/N_1>) (<L N NN NN {noun} N>) ) "
    "(<L {verb} VBZ VBZ sleeps S[dcl]\\NP_2>) )\n"
)
VERB = "S[dcl]\\NP"


def write_auto(root: Path, **splits: list[tuple[str, str]]) -> Path:
    """Write derivations of (noun, category of the verb)."""
    folder = root / "ccg" / "en"
    folder.mkdir(parents=True)
    for split, rows in splits.items():
        text = "".join(
            DERIVATION.format(number=number, noun=noun, verb=verb) for number, (noun, verb) in enumerate(rows)
        )
        (folder / f"{split}.auto").write_text(text)
    return root
