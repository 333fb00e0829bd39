"""All that commands import, for a process that others are forked from: importing it takes seconds.

A process with threads cannot be forked safely: nothing here may start one, and a test looks at that.
"""

import gc
from importlib import import_module
from io import BytesIO
from pkgutil import walk_packages

import loky  # noqa: F401  a process that gives up its user can no longer read where it is installed
import pandas as pd  # noqa: F401  as loky: pyarrow loads it by name
import transformers.models.xlm_roberta.modeling_xlm_roberta  # noqa: F401  loaded by name, when a model is made
from matplotlib.figure import Figure
from transformers.conversion_mapping import get_checkpoint_conversion_mapping

import tests.helpers.compose  # noqa: F401  OmegaConf remembers what it parsed
import xtl
from tests.helpers.quick import skip_repeated_work
from xtl.config import compose

gc.disable()
for module in walk_packages(xtl.__path__, "xtl."):
    import_module(module.name)
skip_repeated_work()
for name in ("train", "evaluate"):
    compose(name)  # Hydra looks for plugins and builds its parser the first time
get_checkpoint_conversion_mapping("xlm-roberta")  # transformers compiles a thousand patterns before it saves
Figure().savefig(BytesIO())  # Matplotlib looks for fonts
gc.freeze()  # no forked process looks through all of that for garbage, which would also copy it
gc.enable()
