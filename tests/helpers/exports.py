"""Exported models of tasks of pocket, and texts in five scripts to ask them."""

from collections.abc import Sequence
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, NamedTuple

import torch

from tests.helpers.tasks import composed_task
from xtl import pocket
from xtl.models import Pretrained, tiny
from xtl.modules.base import XtlModule
from xtl.tasks.base import Task, untrained_module
from xtl.tasks.exported import HeadExport, VectorExport
from xtl.tasks.trained import TrainedTask

LANGS = ("en", "ru", "hi", "ar", "zh")
"""Languages of pocket in five scripts."""


class Exported(NamedTuple):
    """A task with weights far from new ones, what its type says of them, and a folder to write to."""

    model: TrainedTask
    export: HeadExport | VectorExport
    folder: Path

    @property
    def task(self) -> Any:
        return self.model.task

    @property
    def module(self) -> XtlModule:
        return self.model.module


def exported(name: str, folder: Path, *overrides: str, pretrained: Pretrained | None = None) -> Exported:
    """Make up the weights of a task."""
    task, pretrained = composed_task(name, "backbone=tiny", *overrides), pretrained or tiny()
    module = untrained_module(task, pretrained.backbone)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for weight in module.parameters():
            weight += 0.1 * torch.randn(weight.shape, generator=generator)
    module.eval()
    model = TrainedTask(task=task, module=module, tokenizer=pretrained.tokenizer)
    return Exported(model, resolve_name(task.type.export)(task, module), folder)


def examples_of(name: str, *, langs: Sequence[str] = LANGS) -> list[Any]:
    """Four examples of a task in each of five languages."""
    return [example for lang in langs for example in pocket.examples(name, lang, split="test", size=4)]


def answers(model: TrainedTask, examples: list[Any]) -> list[dict[str, Any]]:
    """What ``xtl-predict`` says of examples."""
    task: Task = model.task
    batch, predictions = batch_of(model, task.raw_features(examples, model.tokenizer)), []
    with torch.inference_mode():
        predictions += model.module.predict_step(batch)
    return list(task.records(examples, predictions, 0.0))


def batch_of(model: TrainedTask, features: list[Any]) -> Any:
    """Collate features as evaluation does."""
    return model.task.collator(model.tokenizer.pad_token_id)(features)
