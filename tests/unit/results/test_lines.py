import json

import pytest

from tests.helpers.factories import result
from xtl import results
from xtl.errors import DataFormatError, DataNotFoundError


def test_what_is_written_is_read(tmp_path):
    path = tmp_path / "results.jsonl"
    lines = [result(), result(lang="zh", value=1 / 3, backbone="模型"), result(metric="f1", commit="")]
    results.write(path, lines)
    assert results.read(path) == lines
    assert len(path.read_text(encoding="utf-8").splitlines()) == 3


def test_writing_replaces(tmp_path):
    path = tmp_path / "results.jsonl"
    results.write(path, [result(), result(lang="hi")])
    results.write(path, [result(lang="zh")])
    assert results.read(path) == [result(lang="zh")]


def test_no_results(tmp_path):
    results.write(tmp_path / "results.jsonl", [])
    assert results.read(tmp_path / "results.jsonl") == []


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "",
        "[]",
        "null",
        "{}",
        '{"task": "udpos"}',
        json.dumps({"task": "udpos", "surplus": 1}),
    ],
)
def test_a_damaged_line_is_named(tmp_path, line):
    path = tmp_path / "results.jsonl"
    results.write(path, [result()])
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(DataFormatError) as caught:
        results.read(path)
    assert str(caught.value).startswith(
        f"{path}:2: expected one JSON object with task, lang, split, metric, value"
    )
    assert str(caught.value).endswith(f"got {line[:60]!r}")


def test_a_line_cut_off_in_the_middle_is_named(tmp_path):
    path = tmp_path / "results.jsonl"
    results.write(path, [result(), result(lang="hi")])
    path.write_text(path.read_text()[:-30])
    with pytest.raises(DataFormatError, match=r"results\.jsonl:2: "):
        results.read(path)


def test_a_missing_file(tmp_path):
    with pytest.raises(
        DataNotFoundError, match=r"results\.jsonl: expected the results of a run, found none; did"
    ):
        results.read(tmp_path / "results.jsonl")


def test_any_character_may_stand_in_a_field(tmp_path):
    odd = result(backbone="a\u2028b\u0085c")
    results.write(tmp_path / "results.jsonl", [odd, odd])
    assert results.read(tmp_path / "results.jsonl") == [odd, odd]


@pytest.mark.parametrize("line", [b"\xff\xfe", b'{"task": 1}', b"[]"])
def test_a_line_that_is_no_result_is_named(tmp_path, line):
    path = tmp_path / "results.jsonl"
    results.write(path, [result()])
    path.write_bytes(path.read_bytes() + line + b"\n")
    with pytest.raises(DataFormatError, match=r"results\.jsonl:2: expected one JSON object"):
        results.read(path)


def test_a_value_that_is_no_number_is_refused(tmp_path):
    path = tmp_path / "results.jsonl"
    results.write(path, [result(value="x")])
    with pytest.raises(DataFormatError, match=r"results\.jsonl:1"):
        results.read(path)


def test_the_scores_of_phases_stand_at_the_end_of_a_line(tmp_path):
    """Older lines lack them: not known, which is neither 0 nor false."""
    known = result(
        intermediate_task="stsb", intermediate_rows=10, intermediate_metric="spearman",
        intermediate_validation=1.5, intermediate_at_chance=True, target_metric="accuracy",
        target_validation=91.0,
    )  # fmt: skip
    younger = ["intermediate_metric", "intermediate_validation", "intermediate_at_chance"]
    younger += ["target_metric", "target_validation"]
    line = results.to_line(known)
    of_devices = ["devices", "micro_batch", "micro_batch_tokens", "intermediate_micro_batch", "retried"]
    of_devices += ["kernels"]
    assert list(line)[-11:] == [*younger, *of_devices]
    results.write(tmp_path / "results.jsonl", [known])
    assert results.read(tmp_path / "results.jsonl") == [known]
    phase = known.run.intermediate
    assert (phase.metric, phase.validation, phase.at_chance) == ("spearman", 1.5, True)
    assert (known.run.target.metric, known.run.target.validation) == ("accuracy", 91.0)
    old = results.from_line({name: value for name, value in line.items() if name not in younger})
    assert [results.to_line(old)[name] for name in younger] == ["", None, None, "", None]
