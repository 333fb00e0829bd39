"""The parts that a task is trained with, and what they predict."""

from typing import Any

from transformers import PreTrainedTokenizerBase

from tests.helpers.cells import composed_cell
from xtl.data.stored import FeatureSet
from xtl.models import tiny
from xtl.modules.optim import AdamWLinear
from xtl.tasks.base import Task
from xtl.tasks.build import build_task
from xtl.tasks.mixture.module import MultiTask

TRAINED = (
    "pocket_pos",
    "pocket_ner",
    "pocket_nli",
    "pocket_paraphrase",
    "pocket_qa",
    "pocket_retrieval",
    "pocket_choice",
    "pocket_text",
)
"""Tasks whose modules learn; one of each type at least."""

TASK_OF_TYPE = {
    "tagging": "pocket_pos",
    "classification": "pocket_nli",
    "span_qa": "pocket_qa",
    "multiple_choice": "pocket_choice",
    "masked_lm": "pocket_text",
    "retrieval": "pocket_retrieval",
    "bitext_mining": "pocket_mining",
    "mixture": "mixture",
}
"""A task of each type."""

SEVERAL = ("pocket_pos", "pocket_nli", "pocket_qa")
"""Tasks of a module for several."""


SMALL_SIZES = ("backbone=tiny", *(f"data.sizes.{split}=12" for split in ("train", "validation", "test")))


def built_task(task_type: str) -> Task:
    """A task of a type, with its source of examples; a mixture is of :data:`SEVERAL`."""
    name = TASK_OF_TYPE[task_type]
    if name != "mixture":
        return composed_task(name, *SMALL_SIZES)
    mixture = ("intermediate=mixture", f"intermediate.tasks=[{','.join(SEVERAL)}]")
    cell = composed_cell("target=pocket_pos", *mixture, *SMALL_SIZES)
    assert cell.intermediate is not None
    return build_task(cell.intermediate, cell.data)


def features_of(task: Task, tokenizer: PreTrainedTokenizerBase, *, count: int = 4) -> list[Any]:
    """Features of a few training examples; of a mixture, of a few examples of each member."""
    if task.members:
        members = task.members.items()
        return task.join({name: features_of(member, tokenizer, count=count) for name, member in members})
    examples = task.source.examples(task.source.languages("train")[0], "train")[:count]
    return task.encode(examples, tokenizer)


def composed_task(name: str, *overrides: str) -> Task:
    """The task of a target, with its source of examples."""
    cell = composed_cell(f"target={name}", *overrides)
    return build_task(cell.target, cell.data)


def parts(name: str, *, count: int = 6, seed: int = 0):
    """A task, the encoder, a few examples with features, and a module."""
    config = composed_cell(f"target={name}", "backbone=tiny", "data.sizes.train=64", f"data.seed={seed}")
    task = build_task(config.target, config.data)
    pretrained = tiny()
    examples = task.source.examples(task.source.languages("train")[0], "train")[:count]
    features = task.encode(examples, pretrained.tokenizer)
    module = task.module(pretrained.backbone, AdamWLinear(lr=3e-3, total_steps=400), dropout=0.0)
    return task, pretrained, examples, features, module


def multi_task(*, backbone=None, tasks=SEVERAL):
    """Build modules of several tasks around one encoder, with a batch of each."""
    encoder = backbone or tiny().backbone
    modules, batches = {}, {}
    for name in tasks:
        task, pretrained, _, features, _ = parts(name, count=4)
        modules[name] = task.module(encoder, AdamWLinear(lr=1.0, total_steps=1), dropout=0.0)
        batch = task.collator(pretrained.tokenizer.pad_token_id)(features)
        batches[name] = {
            "member": name,
            "batch": batch,
            "ids": batch["ids"],
            "num_tokens": batch["num_tokens"],
        }
    module = MultiTask(modules, optimizer=AdamWLinear(lr=1e-3, total_steps=10))
    return module.eval(), batches  # without dropout


def plain(value):
    """Tuples as the lists that JSON has; rows and ids stay what they are."""
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*map(plain, value))
    if isinstance(value, list | tuple | FeatureSet):
        return [plain(entry) for entry in value]
    return value
