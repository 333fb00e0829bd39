"""Raw text through a finished run: what evaluation wrote for the same text, for every family."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch

from tests.helpers.cells import SMALL, composed_cell
from tests.helpers.raw_text import AS_EVALUATED, as_json, as_text, check_same, told
from xtl import pocket
from xtl.cli import predict as command
from xtl.pipeline.cell import run_cell
from xtl.runs.saved_run import SavedRun
from xtl.tasks.build import build_task

LANG = "de"
TASKS = (
    "pocket_pos", "pocket_ner", "pocket_nli", "pocket_paraphrase", "pocket_qa", "pocket_choice",
    "pocket_retrieval",
)  # fmt: skip


@pytest.mark.parametrize("task", TASKS[:-1])
def test_raw_text_gets_what_evaluation_wrote(task, run_of, predicted):
    run = run_of(task)
    rows = pq.read_table(run / "predictions" / task / f"{LANG}.test.parquet").to_pylist()
    examples = pocket.examples(task, LANG, split="test", size=16)
    assert [row["uid"] for row in rows] == [example.uid for example in examples]
    lines = "\n".join(as_json(example, task) for example in examples) + "\n"
    found = predicted(run, lines)
    assert [record["id"] for record in found] == [example.uid for example in examples]
    for record, row, example in zip(found, rows, examples, strict=True):
        check_same(task, record, row, example)
    if task != "pocket_choice":
        text = "".join(as_text(example) + "\n" for example in examples)
        plain = predicted(run, text, "--lang", LANG)
        assert plain == [{key: value for key, value in record.items() if key != "id"} for record in found]


def test_thresholds_of_the_run_are_used(run_of, predicted, tmp_path, capsysbinary):
    run = shutil.copytree(run_of("pocket_qa"), tmp_path / "run")
    tuned = json.loads((run / "thresholds.json").read_text())["pocket_qa"]["en"]
    line = as_json(pocket.examples("pocket_qa", LANG, split="test", size=1)[0], "pocket_qa")
    (record,) = predicted(run, line)
    assert record["threshold"] == tuned
    always, never = record["null_margin"] + 1, record["null_margin"] - 1
    for threshold, answered in ((always, True), (never, False)):
        (run / "thresholds.json").write_text(json.dumps({"pocket_qa": {"en": threshold}}))
        (record,) = predicted(run, line)
        assert bool(record["answer"]) == answered
    (run / "thresholds.json").unlink()
    command.main([f"run={run}", *AS_EVALUATED, str(_file(tmp_path, line))])
    assert "no threshold of pocket_qa tuned on en; it is 0" in told(capsysbinary)
    (run / "thresholds.json").write_text("[]")
    with pytest.raises(SystemExit):
        command.main([f"run={run}", str(_file(tmp_path, line))])
    assert "expected thresholds by task and language" in told(capsysbinary)


def _file(folder: Path, text: str | bytes) -> Path:
    path = folder / "lines.txt"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.mark.parametrize("task", ["pocket_retrieval", "pocket_mining"])
def test_vectors_are_those_of_evaluation(task, run_of, predicted, tmp_path):
    run = run_of(task)
    (first, *others) = pocket.examples(task, LANG, split="test", size=16)
    if task == "pocket_mining":
        sides = [list(first.text_of_id.values()), list(first.translation_of_id.values())]
    else:
        sides = [[getattr(one, side) for one in (first, *others)] for side in ("text", "translation")]
    found = []
    for ending in (".npy", ".parquet"):
        out = tmp_path / f"vectors{ending}"
        for side in sides:
            assert predicted(run, "\n".join(side), "--out", str(out)) == []
            table = None if ending == ".npy" else pq.read_table(out)
            found.append(np.load(out) if table is None else np.stack(table["vector"].to_numpy()))
    printed = [np.array([one["vector"] for one in predicted(run, "\n".join(side))]) for side in sides]
    for side in (0, 1):
        assert found[side].dtype == np.float32
        np.testing.assert_array_equal(found[side], found[side + 2])
        np.testing.assert_array_equal(found[side], printed[side].astype(np.float32))
        np.testing.assert_allclose(np.linalg.norm(found[side], axis=1), 1, rtol=1e-5)
    rows = pq.read_table(run / "predictions" / task / f"{LANG}.test.parquet").to_pylist()
    if task == "pocket_mining":
        from xtl.tasks.bitext_mining.decode import mine

        ids = [list(first.text_of_id), list(first.translation_of_id)]
        pairs = mine(torch.from_numpy(found[0]), torch.from_numpy(found[1]))
        texts = [list(first.text_of_id.values()), list(first.translation_of_id.values())]
        assert all(len(set(side)) == len(side) for side in texts)
        mined = {(ids[0][one.source], ids[1][one.target]): one.score for one in pairs}
        written = {(row["source"], row["target"]): row["margin"] for row in rows if row["margin"] is not None}
        assert mined == pytest.approx(written, abs=1e-4)
    else:
        nearest = (found[1] @ found[0].T).argmax(1)
        assert [rows[at]["uid"] for at in nearest] == [row["found"] for row in rows]


def test_lines_stay_in_their_order_whatever_the_chunk(run_of, predicted, tmp_path):
    run = run_of("pocket_pos")
    sentences = [as_text(one) for one in pocket.examples("pocket_pos", LANG, split="test", size=10)]
    sentences[3] = sentences[0] = "Hund"  # the same text twice, and far apart in length
    sentences[5] = " ".join(sentences[6:]) + " Hund" * 300  # cut into pieces
    sentences[7] = " \t "
    text = "\r\n".join(sentences)
    whole = predicted(run, text, "--lang", LANG)
    assert [" ".join(one["words"] or []) for one in whole] == [" ".join(one.split()) for one in sentences]
    assert all(len(one["words"]) == len(one["tags"]) for at, one in enumerate(whole) if at != 7)
    assert whole[7] == {"words": None, "tags": None, "error": "blank line"}
    assert predicted(run, text, "--lang", LANG, "--chunk", "3") == whole
    assert predicted(run, b"\xef\xbb\xbf" + text.encode(), "--batch-tokens", "64") == whole
    halves = [tmp_path / name for name in ("a.txt", "b.txt")]
    halves[0].write_text("\n".join(sentences[:4]) + "\n")
    halves[1].write_text("\n".join(sentences[4:]))
    assert predicted(run, "", *map(str, halves)) == whole


def test_vectors_of_blank_lines_are_nothing(run_of, predicted, tmp_path, capsysbinary):
    run, lines = run_of("pocket_retrieval"), "\nEin Hund.\n\nEin Hund."
    out = tmp_path / "vectors.npy"
    predicted(run, lines, "--out", str(out), "--chunk", "3")
    matrix = np.load(out)
    assert matrix.shape == (4, 32)
    assert np.isnan(matrix[[0, 2]]).all()
    np.testing.assert_allclose(matrix[1], matrix[3], atol=1e-6)
    out = tmp_path / "vectors.parquet"
    command.main([f"run={run}", *AS_EVALUATED, "--out", str(out), str(_file(tmp_path, lines))])
    assert "2 of 4 lines: nothing predicted: blank line" in told(capsysbinary)
    table = pq.read_table(out).to_pylist()
    assert [row["line"] for row in table] == [1, 2, 3, 4]
    assert [row["error"] for row in table] == ["blank line", None, "blank line", None]
    assert table[0]["vector"] is None


def test_nothing_in_nothing_out(run_of, predicted, tmp_path):
    run = run_of("pocket_retrieval")
    assert predicted(run, "") == []
    for ending in ("npy", "parquet", "jsonl"):
        predicted(run, "", "--out", str(tmp_path / f"x.{ending}"))
    assert np.load(tmp_path / "x.npy").shape == (0, 32)
    assert pq.read_table(tmp_path / "x.parquet").num_rows == 0
    assert (tmp_path / "x.jsonl").read_bytes() == b""


@pytest.mark.parametrize(
    ("task", "text", "message"),
    [
        ("pocket_nli", "Ein Hund.", "stdin:1: expected 'premise<TAB>hypothesis', got 0 tabs in 'Ein Hund.'"),
        ("pocket_nli", "a\tb\nc\td\te", "stdin:2: expected 'premise<TAB>hypothesis', got 2 tabs"),
        (
            "pocket_nli",
            '{"premise": "a", "hypothese": "b"}',
            "premise and hypothesis (or first and second), got no 'hypothesis' among premise, hypothese (did",
        ),
        ("pocket_nli", '{"premise": "a", "hypothesis": 3}', "expected a text in 'hypothesis', got 3"),
        ("pocket_qa", '{"context": "a"}\n', "expected a JSON object {\"context\": \"...\", \"question\""),
        ("pocket_qa", '{"context": "a", "question": "b"}\nx', "stdin:2: expected a JSON object"),
        ("pocket_choice", "a\tb", "stdin:1: expected a JSON object"),
        ("pocket_choice", '{"context": "", "question": "", "options": "ab"}', "expected a list of options"),
        ("pocket_pos", '{"words": "Ein Hund"}', "stdin:1: expected a list of texts in 'words'"),
        ("pocket_pos", '{"words": ["\\ud83d"]}', "stdin:1: expected a JSON object"),
        ("pocket_pos", b"Ein Hund\nM\xfcller\n", "stdin:2: expected UTF-8, got byte 0xfc at position 2"),
    ],
)  # fmt: skip
def test_broken_lines_are_named(task, text, message, run_of, predicted, capsysbinary):
    with pytest.raises(SystemExit) as stopped:
        predicted(run_of(task), text)
    assert stopped.value.code == 1
    assert message in told(capsysbinary)


def test_a_broken_line_leaves_no_file_and_keeps_what_was_printed(run_of, predicted, tmp_path, capsysbinary):
    run, lines = run_of("pocket_retrieval"), '{"text": "a"}\n{"text": "b"}\n{"txt": "c"}'
    with pytest.raises(SystemExit):
        predicted(run, lines, "--chunk", "2")
    assert len(capsysbinary.readouterr().out.splitlines()) == 2
    for ending in ("npy", "parquet", "jsonl"):
        with pytest.raises(SystemExit):
            predicted(run, lines, "--chunk", "2", "--out", str(tmp_path / f"x.{ending}"))
    assert list(tmp_path.iterdir()) == []


def test_options_that_cannot_be_chosen_from(run_of, predicted):
    lines = [{"context": "c", "question": "", "options": options} for options in (["a"], [])]
    lines[0]["id"] = 7
    one, none = predicted(run_of("pocket_choice"), "\n".join(map(json.dumps, lines)))
    assert one == {
        "id": 7, "chosen": None, "option": None, "probabilities": None, "error": "fewer than two options",
    }  # fmt: skip
    assert none["error"] == "fewer than two options"


def test_an_empty_context_has_no_answer(run_of, predicted):
    (record,) = predicted(run_of("pocket_qa"), '{"context": "", "question": ""}')
    assert (record["answer"], record["start"], record["end"], record["score"]) == ("", None, None, 0.0)
    assert record["null_margin"] is None


def test_words_of_languages_without_spaces(run_of, predicted, capsysbinary):
    for arguments, warned in ((("--lang", "zh"), True), (("--lang", "de"), False), ((), False)):
        with pytest.raises(SystemExit):  # so that what was told can be read
            predicted(run_of("pocket_pos"), b"\xe7\x8b\x97\n\xff", "--chunk", "1", *arguments)
        assert ("Chinese is written without spaces" in told(capsysbinary)) == warned


def test_a_pipe_is_read_like_a_file_and_the_tasks_own_names_are_known(run_of, predicted):
    read, write = os.pipe()
    os.write(write, b'{"tokens": ["Ein", "Hund"]}\n')
    os.close(write)
    try:
        (record,) = predicted(run_of("pocket_pos"), b"", f"/dev/fd/{read}")
    finally:
        os.close(read)
    assert record["words"] == ["Ein", "Hund"]


def test_a_folder_to_write_to_is_refused_at_once(run_of, predicted, tmp_path, capsysbinary):
    (tmp_path / "out.jsonl").mkdir()
    with pytest.raises(SystemExit):
        predicted(run_of("pocket_pos"), "Hund", f"--out={tmp_path / 'out.jsonl'}")
    assert "out.jsonl: expected a file, found a folder" in told(capsysbinary)


def test_endings_of_files(run_of, predicted, capsysbinary):
    with pytest.raises(SystemExit):
        predicted(run_of("pocket_pos"), "Hund", "--out", "tags.npy")
    assert "--out tags.npy: expected a file ending in .jsonl (.npy and .parquet are for" in told(capsysbinary)


@pytest.mark.parametrize("task", ["pocket_pos", "pocket_retrieval"])
def test_a_run_without_an_encoder_takes_it_from_the_store(task, predicted, tmp_path):
    runs = []
    for keep in ("true", "false"):
        training = ("target.recipe.epochs=1",) if task == "pocket_pos" else ()
        config = composed_cell(
            f"target={task}", "backbone=tiny", *SMALL, *training, "target.langs=[de]",
            f"trainer.save_encoder={keep}",
        )  # fmt: skip
        runs.append(tmp_path / keep)
        run_cell(config, runs[-1])
    assert not (runs[1] / "encoder").exists()
    first, second = (predicted(run, "Ein Hund sieht Anna .") for run in runs)
    assert first == second


def test_the_data_of_the_run_may_be_gone(finished, predicted, tmp_path):
    run = shutil.copytree(finished, tmp_path / "run")
    config = (run / "config.yaml").read_text()
    root = next(line for line in config.splitlines() if line.strip().startswith("root:"))
    (run / "config.yaml").write_text(config.replace(root, f"  root: {tmp_path / 'gone'}"))
    (record,) = predicted(run, "der Hund sieht")
    assert len(record["tags"]) == 3


def test_masks_are_filled_by_what_the_module_finds_likeliest(run_of, predicted):
    run = run_of("pocket_text")
    lines = ["Ein <mask> sieht <mask>.", "", "Ein Hund sieht Anna.", json.dumps({"text": "<mask>", "id": 7})]
    two, blank, whole = predicted(run, "\n".join(lines[:3]), "--lang", LANG)
    assert two["text"] == lines[0]
    assert [len(mask) for mask in two["fillings"]] == [5, 5]
    assert blank == {"text": None, "fillings": None, "error": "blank line"}
    assert whole == {"text": None, "fillings": None, "error": "no <mask>"}
    assert predicted(run, "\n".join(lines[:3]), "--chunk", "1") == [two, blank, whole]
    (other,) = predicted(run, lines[3])
    assert (other["id"], other["text"], len(other["fillings"])) == (7, "<mask>", 1)

    model = SavedRun.open(run, data_needed=False)
    task = build_task(model.config.target, model.config.data)
    trained = model.load(task)
    ids = trained.tokenizer(lines[0], return_tensors="pt", split_special_tokens=False)["input_ids"]
    mask = ids == trained.tokenizer.mask_token_id
    with torch.inference_mode():
        states = trained.module.eval().backbone(ids, torch.ones_like(ids))
        table = trained.module.backbone.encoder.get_input_embeddings().weight
        shares = trained.module.head(states[mask], table).softmax(-1)
    for filling, share in zip(two["fillings"], shares, strict=True):
        assert [entry["score"] for entry in filling] == pytest.approx(share.topk(5).values.tolist(), abs=2e-6)
        best = trained.tokenizer.convert_ids_to_tokens(int(share.argmax()))
        assert filling[0]["token"] == best


def test_a_long_text_with_masks_is_cut_as_in_evaluation(run_of, predicted):
    text = "Ein <mask> sieht Anna. " * 200
    (record,) = predicted(run_of("pocket_text"), text.strip())
    assert len(record["fillings"]) == 200
    assert all(mask[0]["score"] >= mask[-1]["score"] > 0 for mask in record["fillings"])
