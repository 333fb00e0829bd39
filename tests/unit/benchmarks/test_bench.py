"""What the benchmark says of outcomes: ratios round by round, bounds, work that was not the same."""

import pytest

from tests.benchmarks.bench import command
from tests.benchmarks.bench.cases import Case, all_cases
from tests.benchmarks.bench.embedding import sentences
from tests.benchmarks.bench.plot import draw
from tests.benchmarks.bench.report import report_of
from tests.benchmarks.bench.tables import print_report
from tests.benchmarks.processes import FAILED, OK, Outcome
from tests.benchmarks.workloads import (
    NUM_TAGS,
    PAD_ID,
    PAIRS,
    QUESTIONS,
    TAGGING,
    feature_of,
    record_of,
    small_encoder_workload,
)
from xtl.terminal import plain_console
from xtl.types import IGNORE

MACHINE = {"name": "a CPU", "threads": 2, "tflops": {"32-true": 0.1, "bf16-mixed": 0.4}}

TRAINED = {
    "updates": 6, "rows": 96, "batch_size": 32, "tokens": 3000, "precision": "32-true", "loss_margin": 0.5,
    "losses": [2.9, 2.5], "block_weights": 21_293_568, "peak_bytes": 2**30,
}  # fmt: skip


def outcomes_of(rates, **changes):
    return [Outcome(status=OK, result=TRAINED | {"rate": rate} | changes) for rate in rates]


def case(**bounds):
    return Case(
        name="tagging", unit="tokens", sides={"xtl": len, "Trainer": len},
        bounds={("Trainer", precision.replace("_", "-")): bound for precision, bound in bounds.items()},
    )  # fmt: skip


def report(ours, others, **bounds):
    return report_of([case(**bounds)], {("tagging", "xtl"): ours, ("tagging", "Trainer"): others}, MACHINE)


def test_ratios_are_those_of_rounds():
    made = report(
        outcomes_of([100, 10, 90]), outcomes_of([50, 5, 30])
    )  # the machine was busy in the second one
    own, other = made["rows"]
    assert (own["rate"], own["lowest"], own["highest"], own["ratio"]) == (90, 10, 100, None)
    assert (other["rate"], other["ratio"]) == (30, 2)
    assert own["share_of_peak"] == pytest.approx(90 * 6 * 21_293_568 / 1e11)
    assert (own["loss"], own["peak_gib"], made["problems"]) == (2.5, 1.0, [])


def test_bounds_are_those_of_the_precision_of_the_machine():
    rates = outcomes_of([60]), outcomes_of([40])
    assert report(*rates, bf16_mixed=2.0)["problems"] == []
    assert report(*rates, **{"32_true": 1.5})["problems"] == []
    assert report(*rates, **{"32_true": 2.0})["problems"] == [
        "tagging: expected at least 2.00 times the rate of Trainer, got 1.50"
    ]


def test_other_work_and_failures_are_problems():
    other = outcomes_of([40], losses=[2.9, 1.9], updates=7)
    assert report(outcomes_of([60]), other)["problems"] == [
        "tagging: updates: expected the same on both sides, got 6 and 7",
        "tagging: loss of the timed epoch: expected both sides within 0.5 of each other, got 2.500 and 1.900",
    ]
    # Flags that a peer has by itself train in 32 bits wherever it runs.
    assert report(outcomes_of([60], precision="bf16-mixed"), outcomes_of([40]))["problems"] == []
    failed = report(outcomes_of([60]), [Outcome(status=FAILED, error="OSError: full")])
    assert failed["problems"] == ["tagging: Trainer: failed: OSError: full"]
    assert failed["rows"][1]["skipped"] == "failed"


def test_other_vectors_are_a_problem():
    vectors = {"losses": [2.9, 2.5], "vector": [0.6, 0.8]}
    assert report(outcomes_of([60], **vectors), outcomes_of([40], vector=[0.6, 0.8]))["problems"] == []
    assert report(outcomes_of([60], **vectors), outcomes_of([40], vector=[0.8, 0.6]))["problems"] == [
        "tagging: Trainer: expected the vector of xtl, got one that is 0.2 apart"
    ]


@pytest.mark.parametrize(
    ("peak", "problems"),
    [
        (1.1, []),
        (
            1.2,
            [
                "growth: many: expected at most 1.15 times the memory of few, got 1.20 GiB, 1.20 times",
            ],
        ),
    ],
)
def test_memory_that_grows_is_a_problem(peak, problems):
    grows = Case(name="growth", unit="rows", sides={"few": len, "many": len}, memory_bounds={"many": 1.15})
    outcomes = {
        ("growth", side): [Outcome(status=OK, result={"rate": 5, "peak_bytes": gib * 2**30})]
        for side, gib in (("few", 1.0), ("many", peak))
    }
    made = report_of([grows], outcomes, MACHINE)
    assert made["problems"] == problems
    assert [row["ratio"] for row in made["rows"]] == [None, None]


def test_a_report_is_printed_and_drawn(tmp_path, capsys):
    made = report(outcomes_of([100]), outcomes_of([40]))
    print_report(made, plain_console())
    assert "2.50" in capsys.readouterr().out
    draw(made, tmp_path / "bench.png")
    assert (tmp_path / "bench.png").read_bytes().startswith(b"\x89PNG")
    draw(report(outcomes_of([100]), []), tmp_path / "none.png")
    assert not (tmp_path / "none.png").exists()


def test_an_unknown_case_is_refused(tmp_path, capsys):
    assert command.main(["--out", str(tmp_path / "out"), "--only", "tagging", "speed"]) == 2
    assert "got speed" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_parts_are_told_the_precision(tmp_path, monkeypatch):
    told = []

    def measured(cases, setting, *, rounds):
        told.append((setting.precision, [case.name for case in cases], rounds))
        raise KeyboardInterrupt  # before the machine's peak is measured

    monkeypatch.setattr(command, "measured", measured)
    for options in ([], ["--precision", "32-true", "--only", "sweep", "--rounds", "1"]):
        with pytest.raises(KeyboardInterrupt):
            command.main(["--out", str(tmp_path), *options])
    assert told[0][0] == "auto"
    assert told[1] == ("32-true", ["sweep"], 1)


def test_each_case_begins_with_xtl():
    for cases in (all_cases(smoke=False), all_cases(smoke=True)):
        assert all(case.first.partition(",")[0] == "xtl" for case in cases)


@pytest.mark.parametrize("kind", [TAGGING, PAIRS, QUESTIONS])
def test_rows_suit_the_small_encoder(kind):
    work = small_encoder_workload(kind, updates=2)
    rows = work.rows()
    assert rows == work.rows()
    assert len(rows) == 2 * work.batch_size
    assert max(len(row.input_ids) for row in rows) <= work.longest
    assert all(PAD_ID < id_ < work.used_rows for row in rows for id_ in row.input_ids[1:-1])
    config = work.encoder_config()
    assert (config.num_hidden_layers, config.num_attention_heads, config.vocab_size) == (12, 12, 250_037)


def test_both_sides_get_the_same_tags():
    row = small_encoder_workload(TAGGING, updates=1).rows()[0]
    feature, record = feature_of(row, 0, TAGGING), record_of(row, TAGGING)
    assert list(feature["labels"]) == record["labels"]
    assert len(record["labels"]) == len(row.input_ids)
    assert {record["labels"][0], record["labels"][-1]} == {IGNORE}
    assert set(record["labels"]) <= {IGNORE, *range(NUM_TAGS)}


def test_sentences_are_of_all_languages():
    texts = sentences(20)
    assert len(texts) == len(set(texts)) == 20
