"""Results as records of Every Eval Ever, the shared schema for results of evaluations (arXiv 2606.14516).

A record is one run and one task; its results are a metric in a language each. Schema 0.3.0,
https://github.com/evaleval/every_eval_ever, ``every_eval_ever/schemas/eval.schema.json``.
"""

import hashlib
import json
import re
import uuid
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from xtl.results import Result, to_line

SCHEMA = "0.3.0"
"""Version of the schema that records follow."""

_DEVELOPER = "xtl"

_CORRELATIONS = ("spearman", "pearson", "matthews")
"""Metrics that are correlations times 100, and so may be negative."""

_IDENTITY = (
    "cell", "rule", "train_task", "train_lang", "train_rows", "train_budget", "train_ids",
    "train_data", "shots", "intermediate_task", "intermediate_lang", "intermediate_rows",
    "intermediate_budget", "intermediate_ids", "intermediate_data", "phase_key", "recipe", "tuning",
    "seed", "data_seed", "backbone", "device", "precision", "kernels", "tokens", "seconds",
)  # fmt: skip
"""Fields of a line that identify the model; ``to_line`` says what they mean."""


def evaluation_records(results: Sequence[Result], *, timestamp: float) -> dict[PurePosixPath, dict[str, Any]]:
    """Records of one run, by path below the folder of the export: ``data/<task>/xtl/<model>/<uuid>.json``.

    Args:
        results: Results of one run, of any tasks; lines of one task differ in language and metric alone.
        timestamp: Time of the run, in seconds since the epoch.
    """
    tasks: dict[str, list[Result]] = {}
    for result in results:
        tasks.setdefault(result.task, []).append(result)
    return dict(_record(lines, timestamp) for lines in tasks.values())


def _record(lines: Sequence[Result], timestamp: float) -> tuple[PurePosixPath, dict[str, Any]]:
    run, task = lines[0].run, lines[0].task
    identity = {name: str(value) for name, value in to_line(lines[0]).items() if name in _IDENTITY}
    digest = hashlib.sha256(json.dumps([task, identity], sort_keys=True).encode()).digest()
    identifier = uuid.UUID(bytes=digest[:16], version=4)  # the same run gives the same file
    model = f"{_as_name(run.backbone)}-{digest.hex()[:12]}"
    record = {
        "schema_version": SCHEMA,
        "evaluation_id": f"{task}/{_DEVELOPER}/{model}/{timestamp}",
        "evaluation_timestamp": str(timestamp),
        "retrieved_timestamp": str(timestamp),
        "source_metadata": {
            "source_name": "xtl",
            "source_type": "evaluation_run",
            "source_organization_name": "unknown",
            "evaluator_relationship": "first_party",
        },
        "eval_library": {
            "name": "xtl",
            "version": run.version or "unknown",
            "additional_details": {"commit": run.commit},
        },
        "model_info": {
            "name": model,
            "id": f"{_DEVELOPER}/{model}",
            "inference_engine": {"name": "xtl", "version": run.version or "unknown"},
            "additional_details": {
                "deployment_type": "self_deployed",
                "model_availability": "unknown",
                **identity,
            },
        },
        "evaluation_results": [_evaluation(line) for line in lines],
    }
    path = PurePosixPath("data", _as_name(task), _DEVELOPER, model, f"{identifier}.json")
    return path, record


def _evaluation(line: Result) -> Mapping[str, Any]:
    return {
        "evaluation_result_id": f"{line.task}/{line.lang}/{line.split}/{line.metric}",
        "evaluation_name": f"{line.task}/{line.lang}",
        "source_data": {
            "dataset_name": line.task,
            "source_type": "other",
            "additional_details": {
                "language": line.lang,
                "split": line.split,
                "samples_number": str(line.n),
                "content_hash": line.data,
            },
        },
        "metric_config": {
            "metric_id": line.metric,
            "metric_name": line.metric,
            "metric_unit": "points" if line.metric in _CORRELATIONS else "percent",
            "lower_is_better": False,
            "score_type": "continuous",
            "min_score": -100 if line.metric in _CORRELATIONS else 0,
            "max_score": 100,
        },
        "score_details": {
            "score": line.value,
            "details": {"selection": line.run.selection},
            "uncertainty": {"num_samples": line.n},
        },
    }


def _as_name(text: str) -> str:
    """Name that is one folder everywhere."""
    return re.sub(r"[^\w.+-]+", "_", text).strip(".") or "unknown"
