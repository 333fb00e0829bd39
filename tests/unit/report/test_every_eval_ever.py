"""Records of Every Eval Ever, against the constraints of its schema.

Constraints of ``eval.schema.json``, version 0.3.0 (github.com/evaleval/every_eval_ever, commit 9bce413 of
13 August 2026), as far as they touch what a record of ours may hold: required and allowed names, types,
values. Written from the schema by hand.
"""

import json
import re
from pathlib import PurePosixPath

import jsonschema
import pytest

from tests.helpers.factories import result
from xtl.report.export import evaluation_records

STRINGS = {"type": "object", "additionalProperties": {"type": "string"}}
TEXT = {"type": "string"}
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": [
        "schema_version", "evaluation_id", "retrieved_timestamp", "source_metadata", "model_info",
        "eval_library", "evaluation_results",
    ],
    "properties": {
        "schema_version": {"const": "0.3.0"},
        "evaluation_id": TEXT,
        "evaluation_timestamp": TEXT,
        "retrieved_timestamp": TEXT,
        "source_metadata": {
            "type": "object",
            "required": ["source_type", "source_organization_name", "evaluator_relationship"],
            "properties": {
                "source_name": TEXT,
                "source_type": {"enum": ["documentation", "evaluation_run"]},
                "source_organization_name": TEXT,
                "evaluator_relationship": {"enum": ["first_party", "third_party", "collaborative", "other"]},
                "additional_details": STRINGS,
            },
        },
        "eval_library": {
            "type": "object",
            "required": ["name", "version"],
            "properties": {"name": TEXT, "version": TEXT, "additional_details": STRINGS},
        },
        "model_info": {
            "type": "object",
            "required": ["name", "id", "additional_details"],
            "properties": {
                "name": TEXT,
                "id": TEXT,
                "inference_engine": {"type": "object", "properties": {"name": TEXT, "version": TEXT}},
                "additional_details": {
                    **STRINGS,
                    "required": ["deployment_type", "model_availability"],
                    "properties": {
                        "deployment_type": {"enum": ["self_deployed", "externally_managed", "unknown"]},
                        "model_availability": {"enum": ["open_weights", "closed_weights", "unknown"]},
                    },
                },
            },
        },
        "evaluation_results": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["evaluation_name", "source_data", "metric_config", "score_details"],
                "properties": {
                    "evaluation_result_id": TEXT,
                    "evaluation_name": TEXT,
                    "source_data": {
                        "type": "object",
                        "required": ["dataset_name", "source_type"],
                        "properties": {
                            "dataset_name": TEXT,
                            "source_type": {"const": "other"},
                            "additional_details": STRINGS,
                        },
                    },
                    "metric_config": {
                        "type": "object",
                        "required": ["lower_is_better", "min_score", "max_score"],  # of continuous ones
                        "properties": {
                            "metric_id": TEXT,
                            "metric_name": TEXT,
                            "metric_unit": TEXT,
                            "lower_is_better": {"type": "boolean"},
                            "score_type": {"const": "continuous"},
                            "min_score": {"type": "number"},
                            "max_score": {"type": "number"},
                        },
                    },
                    "score_details": {
                        "type": "object",
                        "required": ["score"],
                        "properties": {
                            "score": {"type": "number"},
                            "details": STRINGS,
                            "uncertainty": {
                                "type": "object",
                                "properties": {"num_samples": {"type": "integer"}},
                            },
                        },
                    },
                },
            },
        },
    },
}  # fmt: skip
PATH = re.compile(
    r"data/[^/]+/[^/]+/[^/]+/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\.json"
)


def records(*lines, timestamp=1760492095.5):
    return evaluation_records(lines, timestamp=timestamp)


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"metric": "spearman", "value": -12.5},
        {"intermediate_task": "xnli", "intermediate_lang": "de", "intermediate_rows": 100},
        {
            "version": "",
            "commit": "",
            "cell": "",
            "backbone": "intfloat/multilingual-e5-small",
            "task": "a b/c",
        },
    ],
)
def test_records_are_valid(changed):
    made = records(result(**changed), result(**{**changed, "lang": "hi", "n": 0}))
    assert made
    for path, record in made.items():
        jsonschema.validate(json.loads(json.dumps(record, allow_nan=False)), SCHEMA)
        assert PATH.fullmatch(str(path))
        for evaluation in record["evaluation_results"]:
            limits = evaluation["metric_config"]
            assert limits["min_score"] <= evaluation["score_details"]["score"] <= limits["max_score"]


def test_the_constraints_refuse_what_they_should():
    (record,) = records(result()).values()
    for broken in (
        record | {"more": 1},
        record | {"model_info": {**record["model_info"], "additional_details": {"seed": "1"}}},
        {name: value for name, value in record.items() if name != "eval_library"},
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(broken, SCHEMA)


def test_one_record_for_each_task_with_a_result_for_each_language_and_metric():
    lines = [result(lang=lang, metric=metric) for lang in ("de", "hi") for metric in ("accuracy", "f1")]
    made = records(*lines, result(task="panx", train_task="panx"))
    assert {path.parts[1] for path in made} == {"udpos", "panx"}
    udpos = next(record for path, record in made.items() if path.parts[1] == "udpos")
    names = [evaluation["evaluation_result_id"] for evaluation in udpos["evaluation_results"]]
    assert names == [f"udpos/{lang}/test/{metric}" for lang in ("de", "hi") for metric in ("accuracy", "f1")]


def test_each_run_has_a_file_of_its_own_and_always_the_same():
    def path(**changed) -> PurePosixPath:
        (only,) = records(result(**changed))
        return only

    assert path() == path(lang="hi", value=1.0)
    others = [path(seed=2), path(recipe="hu2020"), path(precision="bf16-mixed"), path(intermediate_rows=10)]
    assert len({path(), *others}) == 5
