"""Files in XTREME's layout, read back as its ``evaluate.py`` reads them, score what the runs scored."""

import json
from pathlib import Path

import pytest

from tests.helpers.cells import composed_cell
from xtl.cli.evaluate import submit
from xtl.errors import DataFormatError, DataNotFoundError
from xtl.metrics.functional import score_answers, score_pairs, span_f1
from xtl.pipeline.cell import run_cell
from xtl.report import XTREME, benchmarks, write_submission
from xtl.results import Result

LANGS = ("en", "de")
TAGS = {"udpos": ("DET", "NOUN", "VERB"), "panx": ("O", "B-PER", "B-LOC")}
LABELS = {"xnli": ("contradiction", "entailment", "neutral"), "pawsx": ("0", "1")}
TASKS = {
    "mlqa": ("target=xquad", "target.name=mlqa", "target.rules=mlqa", "target.languages='en de'",
             "target.eval_split=test"),
    "tydiqa": ("target=xquad", "target.name=tydiqa", "target.languages='en fi'"),
    "bucc2018": ("target=pocket_mining", "data=local", "target.name=bucc2018", "target.languages='de fr'"),
}  # fmt: skip
"""Tasks whose settings are not taken from a file of their name."""
FOLDERS = {"tydiqa": ("en", "fi"), "tatoeba": ("deu", "hin"), "bucc2018": ("de", "fr")}
WORDS = ["aber", "bald", "cent", "dort", "eben", "fort", "gut", "hier", "immer", "ja", "kein", "laut"]


def words(row: int, lang: str, count: int = 4) -> list[str]:
    return [f"{WORDS[(5 * row + at * (1 + row % 3)) % 12]}{len(lang) + row % 5}" for at in range(count)]


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


class MadeUp:
    """One made-up task: its files, and what is right for the scored split of each language."""

    def __init__(self, root: Path, name: str) -> None:
        self.name, self.split = name, XTREME[name].split
        self.gold: dict[str, object] = {}
        make = getattr(self, XTREME[name].form)
        for lang in FOLDERS.get(name, LANGS):
            for split in ("train", "validation", "test"):
                if split != "train" or name not in FOLDERS or lang == "en":
                    gold = make(root / name / lang / split, lang, range(12))
                    if split == self.split:
                        self.gold[lang] = gold

    def labels(self, path: Path, lang: str, rows: range) -> list[str]:
        gold = [LABELS[self.name][row % len(LABELS[self.name])] for row in rows]
        names = ("premise", "hypothesis") if self.name == "xnli" else ("sentence1", "sentence2")
        lines = [
            {names[0]: " ".join(words(row, lang)), names[1]: f"x{row}", "label": label}
            for row, label in zip(rows, gold, strict=True)
        ]
        write(path.with_suffix(".jsonl"), "".join(json.dumps(line) + "\n" for line in lines))
        return gold

    def tags(self, path: Path, lang: str, rows: range) -> list[list[str]]:
        gold, text = [], ""
        for row in rows:
            tags = [TAGS[self.name][(row + at) % 3] for at in range(2 + row % 3)]
            tagged = list(zip(words(row, lang, len(tags)), tags, strict=True))
            if self.name == "panx":
                text += "".join(f"{lang}:{word}\t{tag}\n" for word, tag in tagged) + "\n"
            else:
                lines = (f"{at}\t{w}\t_\t{tag}\t_\t_\t0\t_\t_\t_\n" for at, (w, tag) in enumerate(tagged, 1))
                text += "".join(lines) + "\n"
            gold.append(tags)
        write(path.with_suffix(".iob2" if self.name == "panx" else ".conllu"), text)
        return gold

    def answers(self, path: Path, lang: str, rows: range) -> dict[str, list[str]]:
        gold, paragraphs = {}, []
        for row in rows:
            context = words(row, lang)
            id_ = f"{lang}-{1000 - row}"
            gold[id_] = [context[row % 4]]
            start = " ".join(context).index(context[row % 4])
            answers = [{"text": context[row % 4], "answer_start": start}]
            qas = [{"id": id_, "question": "wo", "answers": answers}]
            paragraphs.append({"context": " ".join(context), "qas": qas})
        write(path.with_suffix(".json"), json.dumps({"data": [{"title": "", "paragraphs": paragraphs}]}))
        return gold

    def rows(self, path: Path, lang: str, rows: range) -> list[int]:
        """XTREME sorts the English side; what is right is the row that each came from."""
        english = [f"{7 * row % 12} {' '.join(words(row, 'en'))}" for row in rows]
        other = [english[row + 1 if row in (2, 7) else row] + "?" for row in rows]  # some cannot be found
        write(path.with_suffix(f".{lang}"), "".join(f"{line}\n" for line in other))
        write(path.with_suffix(".eng"), "".join(f"{line}\n" for line in english))
        return sorted(rows, key=lambda row: english[row])

    def pairs(self, path: Path, lang: str, rows: range) -> list[tuple[str, str]]:
        same = [" ".join(words(row, lang, 3 + row % 2)) + f" {row}" for row in rows]
        for code, extra in ((lang, ""), ("en", "!")):
            lines = (f"{code}-{row:03}\t{text}{extra}\n" for row, text in zip(rows, same, strict=True))
            write(path.with_suffix(f".{code}"), "".join(lines))
        gold = [(f"{lang}-{row:03}", f"en-{row:03}") for row in rows if row % 3]
        write(path.with_suffix(".gold"), "".join(f"{source}\t{target}\n" for source, target in gold))
        return gold


def stripped_lines(path: Path) -> list[str]:
    return [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]


def blocks(path: Path) -> list[list[str]]:
    """Read tags as XTREME's ``read_tag`` does: an empty line ends a sentence."""
    sentences: list[list[str]] = [[]]
    for line in stripped_lines(path):
        if line:
            sentences[-1].append(line)
        else:
            sentences.append([])
    return sentences if sentences[-1] else sentences[:-1]


def read_back(made: MadeUp, lang: str, folder: Path) -> dict[str, float]:
    """Score one file against what is right, without a table of predictions."""
    gold, form = made.gold[lang], XTREME[made.name].form
    code = {"deu": "de", "hin": "hi"}.get(lang, lang)
    path = folder / "predictions" / made.name / f"test-{code}.{'json' if form == 'answers' else 'tsv'}"
    match form:
        case "labels" | "rows":
            given = stripped_lines(path)
            assert len(given) == len(gold)
            right = sum(one == str(label) for one, label in zip(given, gold, strict=True))
            return {"accuracy": 100 * right / len(gold)}
        case "tags":
            given = blocks(path)
            assert [len(one) for one in given] == [len(one) for one in gold]
            return {"f1": span_f1(given, gold).f1}
        case "pairs":
            return {"f1": score_pairs("f1", [tuple(line.split("\t")) for line in stripped_lines(path)], gold)}
    given = json.loads(path.read_text(encoding="utf-8"))
    assert given.keys() == gold.keys()
    rules = "mlqa" if made.name == "mlqa" else "squad"
    return {
        metric: score_answers(
            metric, [given[id_] for id_ in gold], list(gold.values()), lang=lang, rules=rules
        )
        for metric in ("exact_match", "f1")
    }


def run(root: Path, name: str, folder: Path) -> list[Result]:
    settings = (
        f"data.root={root}", "backbone=tiny", "trainer.accelerator=cpu", "trainer.precision=32-true",
        "trainer.save_encoder=false",
    )  # fmt: skip
    recipe = () if XTREME[name].group == "retrieval" else (
        "target.recipe.epochs=6", "target.recipe.lr=3e-3", "target.recipe.selection=last",
    )  # fmt: skip
    return run_cell(composed_cell(*TASKS.get(name, (f"target={name}",)), *settings, *recipe), folder)


@pytest.fixture(scope="module")
def sweep(tmp_path_factory) -> tuple[Path, dict[str, MadeUp], list[Result]]:
    """A run of each of the nine tasks."""
    root, folder = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("sweep")
    made = {name: MadeUp(root, name) for name in XTREME}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XTL_CACHE", str(tmp_path_factory.mktemp("cache")))
        found = [line for name in XTREME for line in run(root, name, folder / name)]
    return folder, made, found


def test_files_of_all_nine_tasks_score_what_the_runs_scored(sweep, tmp_path):
    folder, made, found = sweep
    assert submit(folder, tmp_path) == 18
    values = {(line.task, line.lang, line.metric): line.value for line in found if line.run.is_selected}
    for name, one in made.items():
        assert len(one.gold) == 2
        for lang in one.gold:
            for metric, value in read_back(one, lang, tmp_path).items():
                assert value == pytest.approx(values[name, lang, metric], abs=1e-9), (name, lang, metric)
    # Neither all wrong nor all right, or the comparison would show little.
    graded = {XTREME[name].form for (name, _, _), value in values.items() if 0 < value < 100}
    assert graded == {"labels", "tags", "answers", "rows", "pairs"}, values
    (averages,) = [one.averages for one in benchmarks(found)]
    assert set(averages.tasks) == set(XTREME)


def test_the_layout(sweep, tmp_path, capsys):
    folder, _, _ = sweep
    submit(folder, tmp_path)
    files = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*"))
    assert "predictions/tatoeba/test-de.tsv" in files
    assert "predictions/xquad/test-en.json" in files
    assert "predictions/udpos/test-de.tsv" in files
    assert set(stripped_lines(tmp_path / "predictions/pawsx/test-de.tsv")) <= {"0", "1"}
    assert set(stripped_lines(tmp_path / "predictions/xnli/test-de.tsv")) <= set(LABELS["xnli"])
    rows = stripped_lines(tmp_path / "predictions/tatoeba/test-hi.tsv")
    assert {int(row) for row in rows} <= set(range(12))
    assert "pawsx: 2 of 7 languages; missing: es fr ja ko zh" in capsys.readouterr().err


def test_two_runs_of_one_task_are_refused_and_so_is_none(sweep, tmp_path):
    folder, _, _ = sweep
    own = tmp_path / "predictions" / "own" / "all.parquet"  # of another program, beside the others
    own.parent.mkdir(parents=True)
    own.touch()
    with pytest.raises(DataFormatError, match=r"pawsx de: expected predictions of one run, got .* and "):
        write_submission([folder / "pawsx", folder / "pawsx"], tmp_path)
    with pytest.raises(DataNotFoundError, match="expected predictions of at least one of XTREME's tasks"):
        write_submission([tmp_path], tmp_path / "out")


def test_questions_without_ids_are_refused(sweep, tmp_path):
    root = tmp_path / "data"
    MadeUp(root, "xquad")
    for path in root.rglob("*.json"):
        content = json.loads(path.read_text())
        for paragraph in content["data"][0]["paragraphs"]:
            del paragraph["qas"][0]["id"]
        path.write_text(json.dumps(content))
    run(root, "xquad", tmp_path / "run")
    with pytest.raises(DataFormatError, match=r"xquad/de\.validation.*own id of each question.* 12 of 12"):
        write_submission([tmp_path / "run"], tmp_path / "out")
