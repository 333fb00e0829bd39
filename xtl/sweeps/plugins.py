"""Plugins of Hydra that are xtl's own."""

from hydra.core.config_store import ConfigStore
from hydra.core.plugins import Plugins

from xtl.sweeps.clusters.launcher import SubmititLocalLauncher, SubmititSlurmLauncher
from xtl.sweeps.local.launcher import LocalLauncher
from xtl.sweeps.waves import PhaseSweeper

_PACKAGE = "hydra_plugins.xtl"
"""Package under which ``conf/hydra`` names them, since Hydra takes no launcher of another one. There need be
none of that name: the classes are found by what they are registered as."""

_PLUGINS = (LocalLauncher, PhaseSweeper, SubmititLocalLauncher, SubmititSlurmLauncher)


def register() -> None:
    """Make them known to Hydra, before :func:`hydra.main` is called."""
    plugins = Plugins.instance()
    for plugin in _PLUGINS:
        plugins.register(plugin)
        plugins.class_name_to_class[f"{_PACKAGE}.{plugin.__name__}"] = plugin
    # Where hydra-submitit-launcher is installed, Hydra would hold our settings against its own, of the
    # same names, and refuse those that it does not know.
    launchers = ConfigStore.instance().repo.get("hydra", {}).get("launcher", {})
    for title in (SubmititLocalLauncher.title, SubmititSlurmLauncher.title):
        launchers.pop(f"{title}.yaml", None)
