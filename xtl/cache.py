"""The folder of what can be made again: converted backbones, examples, features, the phase store."""

import os
from pathlib import Path

import platformdirs


def cache_root() -> Path:
    """Folder of what can be made again, such as converted backbones: ``$XTL_CACHE`` or the user's cache."""
    chosen = os.environ.get("XTL_CACHE")
    return Path(chosen).expanduser() if chosen else Path(platformdirs.user_cache_dir("xtl", appauthor=False))


def keep_cache_root() -> None:
    """Make a relative ``$XTL_CACHE`` one from where this process stands now, wherever it goes later."""
    chosen = os.environ.get("XTL_CACHE")
    if chosen:
        os.environ["XTL_CACHE"] = str(Path(chosen).expanduser().absolute())
