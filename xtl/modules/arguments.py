"""What modules are given: errors that name the argument and a way out, in place of bare ones of Python."""

import logging
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar, get_type_hints
from weakref import WeakSet

from torch import Tensor
from torch.optim import Optimizer

from xtl.models import Pretrained
from xtl.modules.optim import OptimizerFactory

logger = logging.getLogger(__name__)

_looked_at: WeakSet[Any] = WeakSet()
"""Backbones whose first batch with segments has been looked at."""

_Encoder = TypeVar("_Encoder")

_Step = TypeVar("_Step", bound=Callable[..., Any])


def checked_optimizer(optimizer: OptimizerFactory) -> OptimizerFactory:
    """Optimiser factory as it is.

    Raises:
        TypeError: if it is an optimiser or the class of one.
    """
    is_class = isinstance(optimizer, type) and issubclass(optimizer, Optimizer)
    if is_class or isinstance(optimizer, Optimizer) or not callable(optimizer):
        raise TypeError(
            "optimizer: expected a function of the module, such as AdamWLinear(lr=2e-5) or "
            f"lambda module: AdamW(module.parameters()), got {optimizer if is_class else type(optimizer)}"
        )
    return optimizer


def checked_backbone(backbone: _Encoder) -> _Encoder:
    """Backbone as it is.

    Raises:
        TypeError: if it is a model of another library, or an encoder with its tokenizer.
    """
    if isinstance(backbone, Pretrained):
        raise TypeError("backbone: expected an encoder, got one with its tokenizer; pass its .backbone")
    if not callable(backbone) or not hasattr(backbone, "hidden_size"):
        raise TypeError(
            f"backbone: expected an encoder that gives states, got {type(backbone).__name__}; wrap a model "
            "of transformers as xtl.models.HFBackbone(model)"
        )
    return backbone


def names_missing_keys(step: _Step) -> _Step:
    """Let a step of a module say which keys its batches lack, instead of a bare ``KeyError``."""

    @wraps(step)
    def named(self: Any, batch: Any, *arguments: Any, **keywords: Any) -> Any:  # noqa: ANN401  as the step
        _say_segments_are_unread(self, batch)
        try:
            return step(self, batch, *arguments, **keywords)
        except KeyError as error:
            required = _required(self) if isinstance(batch, Mapping) and "parts" not in batch else frozenset()
            missing = sorted(required - batch.keys())
            if not missing:
                raise
            raise ValueError(
                f"batch of {type(self).__name__}: expected {', '.join(sorted(required))}, got "
                f"{', '.join(map(str, batch))}; add {', '.join(missing)}, as the types.py of its task type "
                "describes them (ids: one of each example)"
            ) from error

    return named  # type: ignore[return-value]


def _say_segments_are_unread(module: Any, batch: Any) -> None:  # noqa: ANN401
    """Warn where the first batch of a backbone brings segments of pairs, which it does not read."""
    backbone = getattr(module, "backbone", None)
    segments = batch.get("token_type_ids") if isinstance(batch, Mapping) else None
    if backbone is None or not isinstance(segments, Tensor) or backbone in _looked_at:
        return
    _looked_at.add(backbone)  # once: on a GPU each look would wait for it
    if getattr(backbone, "separator", None) is None and segments.any():
        logger.warning(
            "%s: token_type_ids of a batch are not read; for an encoder with segments set "
            "backbone.separator = tokenizer.sep_token_id", type(module).__name__,
        )  # fmt: skip


def _required(module: Any) -> frozenset[str]:  # noqa: ANN401
    """Keys of the batches that a module's loss reads; none where its annotations do not say."""
    try:
        batch = get_type_hints(type(module).loss).get("batch")
    except (NameError, TypeError):  # imported for type checkers alone
        return frozenset()
    return frozenset(getattr(batch, "__required_keys__", ()))
