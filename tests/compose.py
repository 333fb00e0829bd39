"""Composing configs as the commands do, without a process."""

from functools import partial

from xtl import config

compose_train = partial(config.compose, "train")
compose_evaluate = partial(config.compose, "evaluate")
