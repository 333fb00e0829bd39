"""Hydra's own launcher and sweeper, to make others of them."""

from hydra.core.plugins import Plugins

# Looking for plugins loads their modules anew: classes that were imported before would be others.
Plugins.instance()

from hydra._internal.core_plugins.basic_launcher import BasicLauncher  # noqa: E402
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper  # noqa: E402

__all__ = ["BasicLauncher", "BasicSweeper"]
