"""``xtl-data list`` and ``check``, as a user calls them."""

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from pkgutil import resolve_name

import pytest

from tests.helpers.data_command import called
from tests.helpers.real_data import DATA, needs_data
from xtl.config.catalogue import task_cards

pytestmark = pytest.mark.usefixtures("empty_hub")
HEADER = "premise\thypothesis\tlabel\n"


def write_pairs(root: Path, lang: str, split: str, rows: list[str]) -> Path:
    path = root / "xnli" / lang / f"{split}.tsv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEADER + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


def pairs(count: int) -> list[str]:
    return [f"Satz {row}.\tAussage {row}.\t{('neutral', 'entailment')[row % 2]}" for row in range(count)]


def test_without_a_command_it_prints_help(capsys):
    out, _ = called(capsys)
    assert all(command in out for command in ("list", "show", "check", "prepare"))


WITHOUT_TORCH = """
import sys
from xtl.cli import data
helps = [[command, "--help"] for command in ("list", "show", "check", "prepare")]
for arguments in (*helps, ["list"], ["list", "xnli"]):
    try:
        data.main(arguments)
    except SystemExit as stopped:
        assert "--help" in arguments and not stopped.code
    assert "torch" not in sys.modules, arguments
"""


def test_help_and_listing_do_not_wait_for_torch_in_a_new_interpreter():
    done = subprocess.run([sys.executable, "-c", WITHOUT_TORCH], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("width", [80, 100, 120])
def test_the_list_fits_and_tells_published_rows_from_counted_ones(width, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", str(width))
    write_pairs(tmp_path, "de", "test", pairs(7))
    out, _ = called(capsys, "list", "--root", tmp_path)
    table = out.partition("Rows of one language")[0].splitlines()
    assert max(map(len, table)) <= width
    lines = {line.split()[0]: (line, below) for line, below in pairwise(table) if line}
    xnli, below = lines["xnli"]
    assert "392,702*" in xnli
    assert "1/15 files" in xnli
    assert "facebook/xnli" in xnli
    assert below.split()[2:4] == ["7", "de"]
    assert "30,319*" in lines["squad2"][0]
    assert "all" in lines["pocket_nli"][0].split()
    assert "files in ROOT/ccg" in lines["ccg"][0]


def test_a_named_task_is_told_language_by_language(tmp_path, capsys):
    write_pairs(tmp_path, "de", "test", pairs(7))
    write_pairs(tmp_path, "klingon", "test", pairs(2))
    out, _ = called(capsys, "list", "xnli", "--root", tmp_path)
    rows = {line.split()[0]: line.split()[1:] for line in out.splitlines() if line.strip()}
    assert rows["de"] == ["German", "Germanic", "Latn", "on", "hub", "on", "hub", "7"]
    assert rows["klingon"][-3:] == ["-", "-", "2"]
    assert rows["licence"][:3] == ["not", "stated", "on"]
    assert set(rows) >= set(task_cards(["xnli"])[0].languages)


@pytest.mark.parametrize(
    ("name", "there", "absent"),
    [
        ("udpos.German/test-00000-of-00001.parquet", {"de": ["test"]}, "en"),
        ("data/udpos.German/test-00000-of-00001.parquet", {"de": ["test"]}, "en"),
        ("udpos.German/test/0000.parquet", {"de": ["test"]}, "en"),
        ("udpos.German/README.md", {}, "de"),
    ],
)
def test_what_lies_in_the_cache_of_the_hub_is_found(name, there, absent, tmp_path, capsys):
    path = tmp_path / "hub/datasets--google--xtreme/snapshots/abc" / name
    path.parent.mkdir(parents=True)
    path.touch()
    out, _ = called(capsys, "list", "udpos", "--json")
    (found,) = json.loads(out)
    cached = {
        lang: [split for split, one in splits.items() if one["from"] == "cache"]
        for lang, splits in found["present"].items()
    }
    assert {lang: splits for lang, splits in cached.items() if splits} == there
    assert found["present"][absent]["test"] == {"from": "hub", "rows": None}
    offline = [one["name"] for one in json.loads(called(capsys, "list", "--offline", "--json")[0])]
    assert ("udpos" in offline) == bool(there)
    assert "pocket_pos" in offline
    assert "ccg" not in [one["name"] for one in json.loads(called(capsys, "list", "--hub", "--json")[0])]


def test_check_counts_rows_labels_and_lengths(tmp_path, capsys):
    write_pairs(tmp_path, "de", "test", [*pairs(7), pairs(1)[0], "Ohne\tKlasse\t-"])
    write_pairs(tmp_path, "zh", "test", ["一二三\t四五\tneutral"])
    report = tmp_path / "report.json"
    out, _ = called(capsys, "check", "--root", tmp_path, "--json", report, "--backbone", "tiny")
    (task,) = json.loads(report.read_text())["tasks"]
    german, chinese = task["splits"]
    assert (german["rows"], german["left_out"]) == (8, 1)
    assert german["labels"] == {"neutral": 5, "entailment": 3}
    assert german["lengths"][0] == {"unit": "words", "median": 4.0, "longest": 4}
    assert chinese["lengths"][0] == {"unit": "characters", "median": 5.0, "longest": 5}
    assert german["lengths"][1]["unit"] == "sub-words"
    assert german["lengths"][1]["longest"] == len("▁Satz▁1.▁Aussage▁1.")
    assert {one["reason"]: one["examples"] for one in german["problems"]} == {
        "left out of test: no label": ["de:xnli/test/8"],
        "a row has the texts of an earlier one": ["xnli/test/7 = xnli/test/0"],
    }
    assert "test: rows should be translations of each other" in task["problems"][0]["reason"]
    assert "1 x left out of test: no label (xnli/test/8)" not in out
    assert "de test: 1 x left out of test: no label (8)" in out
    assert "1 tasks, 2 splits, 9 rows; all could be read" in out
    assert max(map(len, out.splitlines())) <= 80


def test_check_tells_which_questions_no_span_answers(tmp_path, capsys):
    def asked(text):
        answers = {"text": [text], "answer_start": [0]}
        return {"id": text, "context": "Ada wohnt in Ulm.", "question": "Wo?", "answers": answers}

    for split in ("train", "validation"):
        path = tmp_path / "xquad" / "en" / f"{split}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"data": [asked("Ulm"), asked("Bonn")]}), encoding="utf-8")
    report = tmp_path / "report.json"
    called(capsys, "check", "xquad", "--root", tmp_path, "--json", report, status=1)
    (task,) = json.loads(report.read_text())["tasks"]
    train, validation = task["splits"]
    assert (train["rows"], train["left_out"]) == (1, 1)
    assert (validation["rows"], validation["left_out"]) == (2, 0)  # scored, whatever its context says
    reasons = {problem["reason"]: problem["count"] for problem in validation["problems"]}
    assert reasons["kept in validation, but no span is right: answer not in its context"] == 1


def test_a_file_that_cannot_be_read_is_told_and_the_others_are_read(tmp_path, capsys):
    write_pairs(tmp_path, "de", "test", ["Ein Satz\tEiner\tneutrall"])
    write_pairs(tmp_path, "fr", "test", pairs(2)).write_bytes(HEADER.encode() + b"\xff\xfe\tx\tneutral\n")
    write_pairs(tmp_path, "en", "test", pairs(3))
    write_pairs(tmp_path, "en", "dev", pairs(3))
    out, _ = called(capsys, "check", "xnli", "--root", tmp_path, status=1)
    told = " ".join(out.split())
    assert "cannot be read: de test" in told
    assert "'neutrall' 1 time(s) (did you mean 'neutral'?)" in told
    assert "cannot be read: fr test" in told
    assert "1 x not read: expected <language>/<split>.<format>" in told
    assert "(en/dev.tsv)" in told
    assert "en test 3 -" in told
    assert "3 splits, 3 rows; 2 could not be read" in told


def test_a_task_that_is_not_there_is_an_error_among_others(tmp_path, capsys):
    write_pairs(tmp_path, "de", "test", pairs(2))
    out, _ = called(capsys, "check", "panx", "xnli", "--root", tmp_path, status=1)
    assert "expected the folder of task 'panx'" in " ".join(out.split())
    assert "de test 2" in " ".join(out.split())


@pytest.mark.parametrize("task", [card.name for card in task_cards() if card.group == "pocket"])
def test_check_reads_every_family(task, tmp_path, capsys):
    report = tmp_path / "report.json"
    called(capsys, "check", task, "--lang", "zh", "--split", "validation", "--json", report)
    (split,) = json.loads(report.read_text())["tasks"][0]["splits"]
    assert split["rows"] == (1 if task == "pocket_mining" else 200)
    assert split["lengths"][0]["longest"] >= split["lengths"][0]["median"] > 0
    assert bool(split["labels"]) == (task not in ("pocket_retrieval", "pocket_text"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["list", "xnly"], "did you mean 'xnli'?"),
        (["list", "--root", "nowhere"], "--root nowhere: expected a folder"),
        (["check"], "got none of them"),
        (["check", "xnli"], "expected --root FOLDER or --source hub"),
        (["check", "--root", "nowhere"], "--root nowhere: expected a folder"),
        (["check", "xnli", "--source", "hub"], "expected --lang with --source hub"),
        (["check", "xnli", "--source", "pocket"], "expected a task of pocket"),
        (["check", "pocket_pos", "--source", "hub"], "expected pocket for task 'pocket_pos'"),
        (["check", "pocket_pos", "--lang", "family:Slavonic"], "expected one of"),
        (["prepare", "pocket_pos", "--backbone", "tinny"], "tinny"),
        (["prepare", "pocket_pos", "--backbone", "tiny", "--lang", "ja"], "expected a split to prepare"),
        (["prepare", "pocket_pos", "target.maxlen=3"], "maxlen"),
        (
            ["check", "pocket_pos", "--lang", "de+xx", "--split", "test"],
            "--lang xx: expected languages that are",
        ),
        (["show", "pocket_pos", "--start", "99999999"], "expected a row 99,999,999, found fewer rows"),
        (
            [
                "prepare",
                "pocket_pos",
                "data.sizes.test=4",
                "--backbone",
                "tiny",
                "--lang",
                "en,ja",
                "--split",
                "test",
            ],
            "--lang ja: expected languages that are there (en)",
        ),
    ],
)
def test_what_makes_no_sense_is_told(arguments, message, capsys):
    _, told = called(capsys, *arguments, status=1)
    assert message in told


def test_folders_that_are_no_tasks_are_told(tmp_path, capsys):
    (tmp_path / "xnly").mkdir()
    _, told = called(capsys, "check", "--root", tmp_path, status=1)
    assert "expected folders named after tasks (xtl-data list shows them; your own need" in told
    assert told.rstrip().endswith("found xnly")


@pytest.mark.slow
@needs_data
def test_rows_of_real_files_are_counted_without_reading_them(tmp_path, capsys):
    report = tmp_path / "report.json"
    called(capsys, "check", "--root", DATA, "--json", report)
    read = {
        (task["task"], one["lang"], one["split"]): one["rows"] + one["left_out"]
        for task in json.loads(report.read_text())["tasks"]
        for one in task["splits"]
    }
    listed = json.loads(called(capsys, "list", "--root", DATA, "--json")[0])
    counted = {
        (task["name"], lang, split): one["rows"]
        for task in listed if task["name"] == task["folder"]
        for lang, splits in task["present"].items()
        for split, one in splits.items() if one["from"] == "files"
    }  # fmt: skip
    assert counted == read
    assert len(read) >= 40


def test_rows_with_a_fault_and_files_that_nothing_reads_give_status_1(tmp_path, capsys):
    write_pairs(tmp_path, "de", "test", [*pairs(3), "Ein Satz\t\tneutral"])
    out, _ = called(capsys, "check", "xnli", "--root", tmp_path, status=1)
    assert "de test: 1 x kept in test, as the benchmark scores it: empty text (3)" in out
    assert "1 of the lines above tell of files or rows that cannot be used" in out
    write_pairs(tmp_path, "de", "test", [*pairs(3), "Ein Satz\tNS\tneutral", "Ein Satz\tEiner\t-1"])
    out, _ = called(capsys, "check", "xnli", "--root", tmp_path)  # kept back on purpose
    assert "'NS' instead of a text" in out
    (tmp_path / "xnli/de/train.txt").write_text("Ein Satz\n")
    out, _ = called(capsys, "check", "xnli", "--root", tmp_path, status=1)
    assert "1 x not read: expected train with one of the endings .tsv, .csv" in " ".join(out.split())


def test_nothing_found_gives_status_1(tmp_path, capsys):
    write_pairs(tmp_path, "de", "test", pairs(3))
    out, _ = called(capsys, "check", "xnli", "--root", tmp_path, "--lang", "sw", status=1)
    assert "nothing found" in out


def test_a_folder_of_no_task_is_told(tmp_path, capsys):
    write_pairs(tmp_path, "de", "test", pairs(3))
    (tmp_path / "panxx").mkdir()
    out, _ = called(capsys, "check", "--root", tmp_path)
    assert "not looked into, since no task has that name: panxx" in " ".join(out.split())


@pytest.mark.parametrize("error", [TypeError, RecursionError, MemoryError])
@pytest.mark.parametrize("function", ["paths", "languages", "source_of"])
def test_a_task_that_breaks_its_reader_does_not_stop_the_others(
    function, error, tmp_path, monkeypatch, capsys
):
    write_pairs(tmp_path, "de", "test", pairs(3))
    (tmp_path / "pawsx/de").mkdir(parents=True)
    (tmp_path / "pawsx/de/test.tsv").write_text("x")
    module = "xtl.tasks.classification.task" if function == "source_of" else "xtl.data.local:LocalSource"
    owner = resolve_name(module)
    sound = getattr(owner, function)

    def broken(*arguments):
        if "pawsx" in (*arguments, getattr(arguments[0], "name", "")):
            raise error("broken")
        return sound(*arguments)

    monkeypatch.setattr(owner, function, broken)
    out, _ = called(capsys, "check", "--root", tmp_path, status=1)
    told = " ".join(out.split())
    assert f"{error.__name__}: broken" in told
    assert "de test 3 -" in told
    assert "2 tasks, 2 splits, 3 rows; 1 could not be read" in told


@pytest.mark.parametrize("label", ["[no]", "[/b]", ":x:"])
def test_texts_in_brackets_are_printed_letter_by_letter(label, tmp_path, capsys):
    path = tmp_path / "panx" / "de" / "test.tsv"
    path.parent.mkdir(parents=True)
    path.write_text(f"lo\t{label}\n")
    (path.parent / "[b]x.txt").write_text("x")
    out, _ = called(capsys, "check", "--root", tmp_path, status=1)
    assert f"'{label}' 1 time(s)" in " ".join(out.split())
    assert "de/[b]x.txt" in out
    path = tmp_path / "any" / "ccg" / "en" / "train.tsv"  # a task that takes any label
    path.parent.mkdir(parents=True)
    path.write_text(f"lo\t{label}\nsi\t{label}\n")
    out, _ = called(capsys, "check", "ccg", "--root", tmp_path / "any")
    assert f"{label} 2" in out


def test_shards_are_listed_and_checked_as_one_split(tmp_path, capsys):
    for shard, count in enumerate((2, 3)):
        path = write_pairs(tmp_path, "de", f"test-0000{shard}-of-00002", pairs(count))
    listed = json.loads(called(capsys, "list", "xnli", "--root", tmp_path, "--json")[0])
    assert listed[0]["present"]["de"]["test"] == {"from": "files", "rows": 5}
    out, _ = called(capsys, "check", "xnli", "--root", tmp_path)
    assert "1 tasks, 1 splits, 5 rows; all could be read" in out
    path.unlink()
    out, _ = called(capsys, "check", "xnli", "--root", tmp_path, status=1)
    assert "expected all of 2 shards" in " ".join(out.split())


def test_a_language_that_is_not_there_fails_a_check_of_those_that_are(tmp_path, capsys):
    write_pairs(tmp_path, "de", "test", pairs(4))
    called(capsys, "check", "xnli", "--root", tmp_path, "--lang", "de")
    out, told = called(capsys, "check", "xnli", "--root", tmp_path, "--lang", "de,fr", status=1)
    assert "1 splits, 4 rows; all could be read" in out
    assert "--lang fr: expected languages that are there (de), found nothing of fr" in told
    called(capsys, "check", "xnli", "--root", tmp_path, "--lang", "xtreme")


def test_what_cannot_be_scored_is_no_choice_of_a_target():
    from xtl.cli.data.show import _tasks
    from xtl.config.compose import _choices

    assert "mixture" not in _tasks()
    targets, intermediates = _choices("target", "intermediate").splitlines()
    assert " mixture" not in targets
    assert " mixture" in intermediates
