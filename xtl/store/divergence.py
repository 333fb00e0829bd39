"""Phases whose loss became no number in 16 bits: noted under their key, so that none trains into it again."""

from pathlib import Path

from xtl.atomic import write_text


def note_divergence(root: Path, key: str, text: str) -> None:
    """Note that a phase cannot be trained as its key says; only the holder of its lock may.

    Args:
        root: Folder of the store.
        key: Key of the phase.
        text: What happened.
    """
    path = divergence_path(root, key)
    path.parent.mkdir(exist_ok=True)
    write_text(path, text + "\n")


def noted_divergence(root: Path, key: str) -> str:
    """What :func:`note_divergence` has noted; empty: nothing."""
    try:
        return divergence_path(root, key).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""


def divergence_path(root: Path, key: str) -> Path:
    """File of the note; without it the phase is tried again."""
    return root / "diverged" / f"{key}.txt"
