"""Configs: from ``conf/`` and a command line to plain objects that make sense together.

:func:`compose` puts a config together, :func:`resolve` fills in what it says in other words, :func:`validate`
refuses what cannot run; :func:`finalize` does both, and is what commands call. :func:`dump` and :func:`load`
keep a resolved config in a run folder. Only this room, the sweeps and the commands know Hydra and OmegaConf.
May import :mod:`xtl.tasks` and what stands below it.
"""

from xtl.config.compose import compose, register, separate_hydra
from xtl.config.files import dump, load
from xtl.config.groups import conf_dir
from xtl.config.languages import listed_languages
from xtl.config.resolve import finalize, finalize_evaluation, resolve, resolve_evaluation
from xtl.config.validate import check_all_shares, check_task, validate, validate_evaluation
from xtl.errors import renamed_names
from xtl.schemas.cell import EvaluateConfig, TrainConfig

__all__ = [
    "EvaluateConfig",
    "TrainConfig",
    "check_all_shares",
    "check_task",
    "compose",
    "conf_dir",
    "dump",
    "finalize",
    "finalize_evaluation",
    "listed_languages",
    "load",
    "register",
    "resolve",
    "resolve_evaluation",
    "separate_hydra",
    "validate",
    "validate_evaluation",
]

__getattr__ = renamed_names(
    __name__,
    {
        "checked": "finalize",
        "checked_evaluation": "finalize_evaluation",
    },
    after="0.1.0",
)
