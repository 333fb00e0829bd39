"""The typed schemas of ``conf/``, and :func:`checked`, the one door from a config to plain objects."""

from xtl.config.checks import check_task, listed_languages
from xtl.config.compose import checked, checked_evaluation, compose, conf_dir, dump, load, register

__all__ = [
    "check_task",
    "checked",
    "checked_evaluation",
    "compose",
    "conf_dir",
    "dump",
    "listed_languages",
    "load",
    "register",
]
