"""YAML files in which only ``true`` and ``false`` are booleans, as in YAML 1.2.

YAML 1.1 reads ``no``, ``yes``, ``on`` and ``off`` as booleans too, so that Norwegian would be False, and a
label True. A setting that is a boolean still takes these words: its schema turns them into one.
"""

import io
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import yaml
from omegaconf import Container, OmegaConf
from omegaconf._utils import get_omega_conf_dumper, get_yaml_loader

from xtl.errors import ConfigError, first_line

_BOOLEAN = "tag:yaml.org,2002:bool"


def with_plain_words(loader: type[Any]) -> type[Any]:
    """Loader like ``loader`` to which ``no`` and its like are texts.

    Example:
        >>> yaml.load("[no, false, on]", Loader=with_plain_words(yaml.SafeLoader))
        ['no', False, 'on']
        >>> yaml.load("[true_label, falsetto, true]", Loader=with_plain_words(yaml.SafeLoader))
        ['true_label', 'falsetto', True]
    """
    resolvers = {
        first: [(tag, pattern) for tag, pattern in entries if tag != _BOOLEAN]
        for first, entries in loader.yaml_implicit_resolvers.items()
    }
    plain: type[Any] = type("PlainWords", (loader,), {"yaml_implicit_resolvers": resolvers})
    plain.add_implicit_resolver(_BOOLEAN, re.compile(r"(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))
    return plain


_LOADER = with_plain_words(get_yaml_loader())


def load_yaml(path: Path) -> Container:
    """Read a config file, as :meth:`omegaconf.OmegaConf.load` does otherwise.

    Raises:
        ConfigError: if it is no YAML in UTF-8, or holds a single text or number.
    """
    return cast(Container, OmegaConf.create(read_yaml(path)))


def read_yaml(path: Path) -> dict[Any, Any] | list[Any]:
    """Values of a config file; they are kept for the next reader and must not be changed.

    Raises:
        ConfigError: if it is no YAML in UTF-8, or holds a single text or number.
    """
    try:
        values = _parsed(path.read_text(encoding="utf-8-sig"), str(path))
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ConfigError(
            f"{path}{line}: expected settings as YAML, KEY: VALUE a line, got: "
            f"{error.problem or error.context}"
        ) from error
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigError(f"{path}: expected settings as YAML in UTF-8, got: {first_line(error)}") from error
    if values is None:
        return {}
    if not isinstance(values, dict | list):
        raise ConfigError(f"{path}: expected settings, KEY: VALUE a line, got {values!r}")
    return values


def to_yaml(values: object) -> str:
    """Text that :meth:`omegaconf.OmegaConf.to_yaml` gives for a config with these values.

    Args:
        values: Mappings, lists, texts, numbers and ``None``.
    """
    return yaml.dump(values, Dumper=get_omega_conf_dumper(), sort_keys=False, allow_unicode=True)


@lru_cache(maxsize=256)  # a sweep reads the same files for each of its cells
def _parsed(text: str, name: str) -> object:
    """Values in a text of YAML; callers must not change them."""
    stream = io.StringIO(text)
    stream.name = name  # what errors call it
    return yaml.load(stream, Loader=_LOADER)  # noqa: S506  based on a safe loader
