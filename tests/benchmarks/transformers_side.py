"""transformers.Trainer on the same rows, from the same encoder, with its fastest flags or others.

Everything of transformers is imported when it trains: its Trainer alone takes seconds to load.
"""

from dataclasses import fields
from pathlib import Path
from typing import Any

from tests.benchmarks.clock import Clock
from tests.benchmarks.workloads import (
    NUM_CLASSES,
    NUM_TAGS,
    PAIRS,
    TAGGING,
    Workload,
    real_tokens,
    record_of,
)

BEST, DEFAULT, PADDED = "best", "default", "padded"
"""Its fastest flags; those that it has by itself, which train in 32 bits; the latter, with each row padded to
the most sub-words that one can have, as jiant does."""


def train(
    work: Workload,
    *,
    clock: Clock,
    precision: str,
    folder: Path,
    compiled: bool = False,
    flags: str = BEST,
) -> dict[str, Any]:
    """Train two epochs; arguments and what is returned are those of the other side.

    Args:
        work: Rows, encoder, updates.
        clock: Clock of the second epoch.
        precision: ``bf16-mixed``, ``16-mixed`` or ``32-true``.
        folder: Folder for what the Trainer writes.
        compiled: Whether the model goes through ``torch.compile``.
        flags: One of :data:`BEST`, :data:`DEFAULT` and :data:`PADDED`.
    """
    from transformers import Trainer, TrainingArguments

    rows = work.rows()
    own = _best_flags(clock.device, precision, compiled=compiled) if flags == BEST else {}
    trainer = Trainer(
        model=model_of(work),
        args=TrainingArguments(**_same_work(work, clock.device, folder), **own),
        train_dataset=[record_of(row, work.kind) for row in rows],
        data_collator=collator_of(work, clock.device, longest=work.longest if flags == PADDED else None),
        callbacks=[_clock_callback(clock)],
    )
    trainer.train()
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    return {"updates": trainer.state.global_step, "tokens": real_tokens(rows), "losses": losses}


def grouping(names: set[str]) -> dict[str, object]:
    """Flag that puts rows of similar length into a batch, by the names that the arguments have.

    Example:
        >>> grouping({"group_by_length"}), grouping({"train_sampling_strategy"})
        ({'group_by_length': True}, {'train_sampling_strategy': 'group_by_length'})
    """
    if "train_sampling_strategy" in names:
        return {"train_sampling_strategy": "group_by_length"}
    return {"group_by_length": True}


def _same_work(work: Workload, device: str, folder: Path) -> dict[str, Any]:
    """Arguments without which it would do other work, or write files."""
    return {
        "output_dir": str(folder),
        "per_device_train_batch_size": work.batch_size,
        "num_train_epochs": 2,
        "learning_rate": work.lr,
        "lr_scheduler_type": "linear",
        "warmup_steps": round(0.1 * 2 * work.updates),
        "max_grad_norm": 1.0,
        "weight_decay": 0.0,
        "adam_epsilon": 1e-8,
        "use_cpu": device == "cpu",
        "logging_strategy": "epoch",
        "save_strategy": "no",
        "report_to": [],
        "disable_tqdm": True,
        "seed": 1,
    }


def _best_flags(device: str, precision: str, *, compiled: bool) -> dict[str, Any]:
    from transformers import TrainingArguments

    return {
        "optim": "adamw_torch_fused",
        "bf16": precision == "bf16-mixed",
        "fp16": precision == "16-mixed",
        "dataloader_pin_memory": device == "cuda",
        "torch_compile": compiled,
        **grouping({field.name for field in fields(TrainingArguments)}),
    }


def collator_of(work: Workload, device: str, *, longest: int | None = None) -> Any:
    """Collator that pads to the longest row of a batch, or to a length."""
    from transformers import DataCollatorForTokenClassification, DataCollatorWithPadding

    from xtl.models import tiny_tokenizer

    kind = DataCollatorForTokenClassification if work.kind == TAGGING else DataCollatorWithPadding
    return kind(
        tiny_tokenizer(),
        padding=True if longest is None else "max_length",
        max_length=longest,
        # Multiples of 8 are what the matrix units of a GPU like.
        pad_to_multiple_of=8 if device == "cuda" else None,
    )


def model_of(work: Workload) -> Any:
    """Model of transformers, with the weights that the other side begins with."""
    from transformers import (
        XLMRobertaForQuestionAnswering,
        XLMRobertaForSequenceClassification,
        XLMRobertaForTokenClassification,
    )

    from xtl.models import HFBackbone

    if work.kind == PAIRS:
        model = XLMRobertaForSequenceClassification(work.encoder_config(num_labels=NUM_CLASSES))
    elif work.kind == TAGGING:
        model = XLMRobertaForTokenClassification(work.encoder_config(num_labels=NUM_TAGS))
    else:
        model = XLMRobertaForQuestionAnswering(work.encoder_config())
    backbone = HFBackbone.from_config(work.encoder_config(), seed=0)
    model.roberta.load_state_dict(backbone.encoder.state_dict())
    return model


def _clock_callback(clock: Clock) -> Any:
    from transformers import TrainerCallback

    class Timing(TrainerCallback):
        """Calls the clock."""

        def on_step_begin(self, args: Any, state: Any, control: Any, **more: Any) -> None:
            clock.before(state.global_step)

        def on_step_end(self, args: Any, state: Any, control: Any, **more: Any) -> None:
            clock.after(state.global_step)

    return Timing()
