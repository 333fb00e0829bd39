"""What commands do with a composed config: resolve it, then validate it."""

from omegaconf import DictConfig

from xtl.config.resolve import resolve, resolve_evaluation
from xtl.config.validate import validate, validate_evaluation
from xtl.schemas.cell import EvaluateConfig, TrainConfig


def finalize(cfg: DictConfig, *, data_needed: bool = True) -> TrainConfig:
    """Plain objects of a cell, resolved and validated.

    Args:
        cfg: Composed config of a cell.
        data_needed: Whether its data must be where it says.

    Raises:
        ConfigError: all missing values, or the first value that is out of range, with what was expected.
    """
    config = resolve(cfg)
    validate(config, data_needed=data_needed)
    return config


def finalize_evaluation(cfg: DictConfig) -> EvaluateConfig:
    """Plain objects of an evaluation, resolved and validated; see :func:`finalize`."""
    config = resolve_evaluation(cfg)
    validate_evaluation(config)
    return config
