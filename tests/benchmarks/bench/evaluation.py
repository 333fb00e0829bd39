"""Scoring of a tagger in ten languages: xtl's batches and loop, or transformers.Trainer's."""

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.benchmarks.processes import Setting
from tests.benchmarks.workloads import PAD_ID, TAGGING, Row, Workload, feature_of, record_of
from xtl.types import IGNORE

LANGUAGES, SENTENCES = 10, 100
"""Languages, and sentences in each; a third of them where that will do."""

_BATCH = 32
_CPU_TOKENS = 1024


def evaluate(setting: Setting, *, library: bool = False) -> dict[str, Any]:
    """Tokens a second, padding left out, from sub-words to the accuracy of each language.

    Args:
        setting: Folder, the precision, and whether fewer sentences will do.
        library: Whether transformers.Trainer does it.
    """
    import torch

    from tests.benchmarks.clock import peak_bytes
    from tests.benchmarks.workloads import small_encoder_workload
    from xtl.training.device import pick_precision

    precision = pick_precision(setting.precision, torch.device("cpu"))
    count = SENTENCES // 3 if setting.quick else SENTENCES
    work = replace(small_encoder_workload(TAGGING, updates=1), batch_size=count * LANGUAGES)
    rows = work.rows()
    sets = [rows[start : start + count] for start in range(0, len(rows), count)]
    folder = setting.folder / "work" / f"evaluation-{'trainer' if library else 'xtl'}"
    folder.mkdir(parents=True, exist_ok=True)
    score = (_trainer if library else _xtl)(work, precision, folder)
    score(sets[0][:_BATCH])  # all is loaded, and kernels are chosen
    begin = time.perf_counter()
    accuracies = [score(rows) for rows in sets]
    seconds = time.perf_counter() - begin
    return {
        "rate": sum(len(row.input_ids) for rows in sets for row in rows) / seconds,
        "seconds": seconds,
        "peak_bytes": peak_bytes("cpu"),
        "precision": precision,
        "vector": accuracies,
    }


def _xtl(work: Workload, precision: str, folder: Path) -> Any:
    import torch
    from torch.utils.data import DataLoader

    from xtl.data.batching import FixedBatches, evaluation_batches
    from xtl.metrics import tagging_metric
    from xtl.modules.inference import predict
    from xtl.tasks.tagging.collate import TaggingCollator

    module = _module(work)

    def score(rows: Sequence[Row]) -> float:
        features = [feature_of(row, number, TAGGING) for number, row in enumerate(rows)]
        lengths = [len(row.input_ids) for row in rows]
        batches = evaluation_batches(lengths, list(map(str, range(len(rows)))), max_tokens=_CPU_TOKENS)
        loader: DataLoader[Any] = DataLoader(
            features,  # type: ignore[arg-type]  # a list is a Dataset
            batch_sampler=FixedBatches(batches),
            collate_fn=TaggingCollator(pad_id=PAD_ID),
        )
        predictions = predict(module, loader, device=torch.device("cpu"), precision=precision)
        found = {prediction["id"]: prediction["tags"] for batch, _ in predictions for prediction in batch}
        metric = tagging_metric("accuracy")
        gold = [[module.tags[tag] for tag in row.tags if tag != IGNORE] for row in rows]
        metric.update([found[feature["id"]] for feature in features], gold)
        return float(metric.compute()) / 100

    return score


def _trainer(work: Workload, precision: str, folder: Path) -> Any:
    from transformers import Trainer, TrainingArguments

    from tests.benchmarks.transformers_side import collator_of, model_of

    model = model_of(work)
    model.classifier.load_state_dict(_module(work).head.state_dict())
    arguments = TrainingArguments(
        output_dir=str(folder),
        per_device_eval_batch_size=_BATCH,
        bf16_full_eval=precision == "bf16-mixed",
        use_cpu=True,
        report_to=[],
        disable_tqdm=True,
    )
    trainer = Trainer(model=model, args=arguments, data_collator=collator_of(work, "cpu"))

    def score(rows: Sequence[Row]) -> float:
        output = trainer.predict([record_of(row, TAGGING) for row in rows])  # type: ignore[arg-type]
        is_word = output.label_ids != IGNORE
        right = (output.predictions.argmax(-1) == output.label_ids) & is_word
        return float(right.sum() / is_word.sum())

    return score


def _module(work: Workload) -> Any:
    """Tagger with random weights, the same each time."""
    import torch

    from tests.benchmarks.xtl_side import module_of
    from xtl.models import HFBackbone

    torch.manual_seed(0)
    return module_of(work, HFBackbone.from_config(work.encoder_config(), seed=0))
