"""verdict.json against its schema: with jsonschema where it is installed, and by hand."""

import importlib.util
import json
from importlib.resources import files

import pytest

from tests.helpers.curves import log_gain, sweep
from xtl.report import judge_sweep, verdict_record
from xtl.results import from_line, to_line
from xtl.statistics import Rules, Verdict

SCHEMA = json.loads(files("xtl.report").joinpath("verdict.schema.json").read_text(encoding="utf-8"))


def damaged(lines):
    """The same, with encoders that the intermediate phase has harmed."""
    changed = [
        {"target_metric": "f1", "target_validation": 80.0 if it.run.intermediate.rows else 90.0}
        for it in lines
    ]
    return [from_line({**to_line(line), **fields}) for line, fields in zip(lines, changed, strict=True)]


SWEEPS = {
    "damaged": damaged(sweep({"en": log_gain, "de": log_gain})),
    "two languages": sweep({"en": log_gain, "de": lambda rows: 1 - 50 / rows}),
    "one seed": sweep({"de": log_gain}, seeds=(1,)),
    "one size": sweep({"de": log_gain}, sizes=(100,)),
    "no baseline": sweep({"de": log_gain}, baseline=False),
    "undecided": sweep({"de": lambda rows: 0.3}, noise=1.0),
    "no verdict": sweep({"de": log_gain}) + sweep({"de": lambda rows: -1.0}, data_seed=5),
}


def record(name):
    written = verdict_record(judge_sweep(SWEEPS[name], Rules()), notes=["changed: margin"])
    return json.loads(json.dumps(written, allow_nan=False))


def missing(value, schema, path="$"):
    """Names that a schema requires and a value lacks."""
    if "$ref" in schema:
        schema = SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema and value is not None:
        schema = schema["anyOf"][1]
        return missing(value, schema, path)
    lacking = []
    if isinstance(value, dict):
        lacking += [f"{path}.{name}" for name in schema.get("required", ()) if name not in value]
        for name, part in value.items():
            lacking += missing(part, schema.get("properties", {}).get(name, {}), f"{path}.{name}")
    if isinstance(value, list):
        for position, part in enumerate(value):
            lacking += missing(part, schema.get("items", {}), f"{path}[{position}]")
    return lacking


def test_a_record_names_encoders_that_are_damaged():
    assert [damage["lang"] for damage in record("damaged")["encoder_damaged"]] == ["de", "en"]
    assert record("damaged")["findings"] == []


@pytest.mark.parametrize("name", SWEEPS)
def test_a_record_has_what_the_schema_asks_for(name):
    assert missing(record(name), SCHEMA) == []


@pytest.mark.skipif(not importlib.util.find_spec("jsonschema"), reason="jsonschema is not installed")
@pytest.mark.parametrize("name", SWEEPS)
def test_a_record_follows_the_schema(name):
    from jsonschema import Draft202012Validator

    Draft202012Validator.check_schema(SCHEMA)
    assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(record(name))] == []


def test_both_checks_can_fail():
    broken = record("two languages")
    del broken["findings"][0]["points"]["gain"]["se"]
    assert missing(broken, SCHEMA) == ["$.findings[0].points.gain.se"]
    if importlib.util.find_spec("jsonschema"):
        from jsonschema import Draft202012Validator

        assert list(Draft202012Validator(SCHEMA).iter_errors(broken))


def test_the_schema_knows_every_verdict():
    verdicts = set(SCHEMA["$defs"]["reading"]["properties"]["verdict"]["enum"])
    against_english = {
        Verdict.LEVELS_OFF_SOONER, Verdict.NOT_SOONER, Verdict.BENDS_MORE, Verdict.BENDS_LESS
    }  # fmt: skip
    assert verdicts == {str(verdict) for verdict in {*Verdict} - against_english}
    values = SCHEMA["$defs"]["reading"]["properties"]["against_english"]["enum"]
    assert {*values} == {*map(str, against_english), str(Verdict.UNDECIDED), None}
