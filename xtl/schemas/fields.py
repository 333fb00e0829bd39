"""Fields of schemas: values that a config must give, and what a setting affects.

Keys of stored features and of stored phases, and the fingerprint of a cell, are hashes of the settings that
affect them. Each is derived from what stands beside the field, so that a new setting is forgotten in none.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import field, fields, is_dataclass
from typing import Any

MISSING: Any = "???"
"""Value that a config must give. OmegaConf's own mark, as text, so that schemas need not import it."""

FEATURES = "features"
"""Category of settings that reading or encoding looks at. All settings of task types are among them: one too
many costs encoding a split again, one too few would give features of another task."""

WEIGHTS = "weights"
"""Category of settings that decide the weights of a phase by themselves, not by which rows they choose."""

TUNING = "tuning"
"""Category of the tuning: of its settings only those decide weights that the chosen method reads."""

ROWS = "rows"
"""Category of settings that decide which rows are trained on; a phase's key has the rows themselves."""

SCORES = "scores"
"""Category of settings that decide what is scored."""

CATEGORIES = (FEATURES, WEIGHTS, TUNING, ROWS, SCORES)
"""All that a setting may affect."""

NOTHING: Collection[str] = ()
"""No category: for documentation, for limits of other settings, and for how a machine does its work."""


def setting(
    default: Any = MISSING,  # noqa: ANN401  any type of field
    *,
    default_factory: Callable[[], Any] | None = None,
    affects: Collection[str],
    is_younger: bool = False,
) -> Any:  # noqa: ANN401
    """Field of a schema that says what it affects.

    Args:
        default: Default value; none: a config must give one.
        default_factory: Function that makes the default value, for those that can be changed.
        affects: Categories.
        is_younger: Whether results and stored phases are older than the setting. Its default is what they
            had, and stays out of all hashes, so that they are found as before.
    """
    metadata = {"affects": frozenset(affects), "is_younger": is_younger}
    if default_factory is not None:
        return field(default_factory=default_factory, metadata=metadata)
    return field(default=default, metadata=metadata)


def affecting(config: Any, *categories: str) -> dict[str, Any]:  # noqa: ANN401  any schema
    """Settings that affect any of ``categories``, as plain values by name; those of nested schemas likewise.

    A field that does not say what it affects affects everything, such as one of another package's task type.
    A younger setting is left out where it has its default.

    Args:
        config: Instance of a schema.
        categories: Categories of :data:`CATEGORIES`.
    """
    return {
        entry.name: _plain(getattr(config, entry.name), categories)
        for entry in fields(config)
        if ("affects" not in entry.metadata or entry.metadata["affects"] & {*categories})
        and not (entry.metadata.get("is_younger") and getattr(config, entry.name) == entry.default)
    }


def flattened(settings: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested settings by their dotted names.

    Args:
        settings: Values by name, plain ones or mappings.
        prefix: Beginning of every name, a dot at its end.

    Example:
        >>> flattened({"seed": 1, "recipe": {"lr": 0.1}}, "target.")
        {'target.seed': 1, 'target.recipe.lr': 0.1}
    """
    flat: dict[str, Any] = {}
    for name, value in settings.items():
        is_nested = isinstance(value, Mapping)
        flat |= flattened(value, f"{prefix}{name}.") if is_nested else {f"{prefix}{name}": value}
    return flat


def _plain(value: Any, categories: Collection[str]) -> Any:  # noqa: ANN401
    if is_dataclass(value):
        return affecting(value, *categories)
    if isinstance(value, Mapping):
        return {key: _plain(item, categories) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, categories) for item in value]
    return value
