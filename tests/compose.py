"""Composing configs as the commands do, without a process."""

from hydra import compose, initialize_config_dir
from omegaconf import DictConfig

from xtl import config


def compose_train(*overrides: str) -> DictConfig:
    """Compose ``conf/train.yaml``."""
    return _compose("train", *overrides)


def compose_evaluate(*overrides: str) -> DictConfig:
    """Compose ``conf/evaluate.yaml``."""
    return _compose("evaluate", *overrides)


def _compose(name: str, *overrides: str) -> DictConfig:
    config.register()
    with initialize_config_dir(str(config.conf_dir()), version_base="1.3"):
        return compose(name, overrides=list(overrides))
