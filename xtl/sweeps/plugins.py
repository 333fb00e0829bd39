"""Plugins of Hydra that are xtl's own."""

from hydra.core.plugins import Plugins

from xtl.sweeps.local.launcher import LocalLauncher
from xtl.sweeps.waves import PhaseSweeper

_PACKAGE = "hydra_plugins.xtl"
"""Package under which ``conf/hydra`` names them, since Hydra takes no launcher of another one. There need be
none of that name: the classes are found by what they are registered as."""


def register() -> None:
    """Make them known to Hydra, before :func:`hydra.main` is called."""
    plugins = Plugins.instance()
    for plugin in (LocalLauncher, PhaseSweeper):
        plugins.register(plugin)
        plugins.class_name_to_class[f"{_PACKAGE}.{plugin.__name__}"] = plugin
