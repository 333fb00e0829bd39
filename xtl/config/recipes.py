"""The settings of training that a recipe has for a task: ``${xtl.recipe:lr,udpos}`` in ``conf/task_type``."""

from typing import Any

from omegaconf import DictConfig, OmegaConf

from xtl.errors import ConfigError

_PHASE = "intermediate"
"""The phase for which a recipe has settings of its own."""


def recipe_setting(field: str, task: str, *, _parent_: DictConfig, _root_: DictConfig) -> Any:  # noqa: ANN401
    """Value of a field of a task's recipe, for OmegaConf's resolver ``xtl.recipe``.

    Looked up, in this order, in ``recipe.intermediate.tasks.<task>`` and ``recipe.intermediate.default``, if
    the task is that of the intermediate phase or one of its members, in ``recipe.tasks.<task>`` and in
    ``recipe.default``.

    Args:
        field: Name of a field of :class:`xtl.schemas.recipe.RecipeConfig`.
        task: Name of the task.
        _parent_: Settings that the value is one of; from OmegaConf.
        _root_: Config of the cell; from OmegaConf.

    Raises:
        ConfigError: if the config has no recipe.
    """
    recipe = OmegaConf.select(_root_, "recipe")
    if recipe is None:
        raise ConfigError(f"recipe: expected recipe=NAME, got none to take {field} of {task} from")
    places = [f"tasks.{task}", "default"]
    if _is_intermediate(_parent_, _root_):
        places = [f"{_PHASE}.tasks.{task}", f"{_PHASE}.default", *places]
    for place in places:
        settings = OmegaConf.select(recipe, place)
        if settings is not None and field in settings:
            return settings[field]
    return None


def _is_intermediate(settings: DictConfig, cell: DictConfig) -> bool:
    """Whether ``settings`` are the recipe of the intermediate task or of one of its members."""
    phase = OmegaConf.select(cell, _PHASE)
    if phase is None:
        return False
    members = OmegaConf.select(phase, "members") or {}
    return any(settings is task.recipe for task in (phase, *members.values()))
