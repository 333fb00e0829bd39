"""The parts that a task is trained with, and what they predict."""

from tests.helpers.cells import composed_cell
from xtl.models import tiny
from xtl.modules.optim import AdamWLinear
from xtl.tasks.base import Family
from xtl.tasks.mixture.module import MultiTask
from xtl.tasks.multiple_choice.types import MultipleChoiceRow
from xtl.tasks.registry import build_task
from xtl.tasks.retrieval.types import RetrievalRow

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
"""Tasks whose modules learn; one of each family at least."""

SEVERAL = ("pocket_pos", "pocket_nli", "pocket_qa")
"""Tasks of a module for several."""


def composed_family(task: str, *overrides: str) -> Family:
    """The family of a target, with its source of examples."""
    cell = composed_cell(f"target={task}", *overrides)
    return build_task(cell.target, cell.data)


def parts(task: str, *, count: int = 6, seed: int = 0):
    """Build the family of a task, a few examples with features, and a module."""
    config = composed_cell(f"target={task}", "backbone=tiny", "data.sizes.train=64", f"data.seed={seed}")
    family = build_task(config.target, config.data)
    pretrained = tiny()
    examples = family.source.examples(family.source.languages("train")[0], "train")[:count]
    features = family.features(examples, pretrained.tokenizer)
    module = family.module(pretrained.backbone, AdamWLinear(lr=3e-3, total_steps=400), dropout=0.0)
    return family, pretrained, examples, features, module


def multi_task(*, backbone=None):
    """Build modules of three tasks around one encoder, with a batch of each."""
    encoder = backbone or tiny().backbone
    modules, batches = {}, {}
    for task in SEVERAL:
        family, pretrained, _, features, _ = parts(task, count=4)
        modules[task] = family.module(encoder, AdamWLinear(lr=1.0, total_steps=1), dropout=0.0)
        batch = family.collator(pretrained.tokenizer.pad_token_id)(features)
        batches[task] = {"part": task, "batch": batch, "uid": batch["uid"], "num_tokens": batch["num_tokens"]}
    module = MultiTask(modules, optimizer=AdamWLinear(lr=1e-3, total_steps=10))
    return module.eval(), batches  # without dropout


def plain(value):
    """Tuples as the lists that JSON has; rows stay rows."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, MultipleChoiceRow | RetrievalRow):
        return type(value)(*(plain(one) for one in value))
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value
