"""transformers.Trainer on the same rows, from the same encoder, with the flags that make it fastest.

Everything of transformers is imported when it trains: its Trainer alone takes seconds to load.
"""

from dataclasses import fields
from pathlib import Path
from typing import Any

from tests.benchmarks.gpu.clock import Clock
from tests.benchmarks.gpu.workloads import (
    NUM_CLASSES,
    PAIRS,
    Workload,
    encoder_config,
    real_tokens,
    record_of,
)


def train(
    work: Workload, *, clock: Clock, precision: str, folder: Path, compiled: bool = False
) -> dict[str, Any]:
    """Train two epochs; arguments and what is returned are those of the other side."""
    from transformers import DataCollatorWithPadding, Trainer

    from xtl.models import tiny_tokenizer

    rows = work.rows()
    # Multiples of 8 are what the matrix units of a GPU like.
    multiple = 8 if clock.device == "cuda" else None
    trainer = Trainer(
        model=_model(work),
        args=_flags(work, device=clock.device, precision=precision, folder=folder, compiled=compiled),
        train_dataset=[record_of(row, work.kind) for row in rows],
        data_collator=DataCollatorWithPadding(tiny_tokenizer(), pad_to_multiple_of=multiple),
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


def _flags(work: Workload, *, device: str, precision: str, folder: Path, compiled: bool) -> Any:
    from transformers import TrainingArguments

    return TrainingArguments(
        output_dir=str(folder),
        per_device_train_batch_size=work.batch_size,
        num_train_epochs=2,
        learning_rate=work.lr,
        lr_scheduler_type="linear",
        warmup_steps=round(0.1 * 2 * work.updates),
        max_grad_norm=1.0,
        weight_decay=0.0,
        adam_epsilon=1e-8,
        optim="adamw_torch_fused",
        bf16=precision == "bf16-mixed",
        fp16=precision == "16-mixed",
        use_cpu=device == "cpu",
        dataloader_pin_memory=device == "cuda",
        torch_compile=compiled,
        logging_strategy="epoch",
        save_strategy="no",
        report_to=[],
        disable_tqdm=True,
        seed=1,
        **grouping({field.name for field in fields(TrainingArguments)}),
    )


def _model(work: Workload) -> Any:
    """Model of transformers, with the weights that the other side begins with."""
    from transformers import XLMRobertaForQuestionAnswering, XLMRobertaForSequenceClassification

    from xtl.models import HFBackbone

    if work.kind == PAIRS:
        model = XLMRobertaForSequenceClassification(encoder_config(work.shape, num_labels=NUM_CLASSES))
    else:
        model = XLMRobertaForQuestionAnswering(encoder_config(work.shape))
    backbone = HFBackbone.from_config(encoder_config(work.shape), seed=0)
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
