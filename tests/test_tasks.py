"""The task files as a catalogue: languages, training sets, sources, licences; and a task of one's own."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.compose import compose_evaluate, compose_train
from xtl import config
from xtl.config import listed_languages
from xtl.data.hub import HubRows
from xtl.errors import ConfigError
from xtl.languages import XTREME, XTREME_R
from xtl.schemas.data import DataConfig
from xtl.schemas.task import TaskConfig
from xtl.tasks.registry import build_task

ROOT = Path(__file__).parents[1]
CONF = config.conf_dir()
TASKS = sorted({path.stem for path in (CONF / "task").glob("*.yaml")} - {"none", "mixture"})
TARGETS = "xnli pawsx udpos panx xquad mlqa tydiqa bucc2018 tatoeba".split()  # noqa: SIM905
INTERMEDIATE = "anli mnli qqp squad2 squad1 hellaswag ccg cosmosqa csqa".split()  # noqa: SIM905


@pytest.fixture(scope="module")
def tasks() -> dict[str, TaskConfig]:
    """Every task, composed once."""
    return {task: config.finalize(compose_train(f"target={task}", "data=hub")).target for task in TASKS}


def test_the_nine_targets_and_the_nine_intermediate_tasks_are_there():
    assert set(TARGETS + INTERMEDIATE) <= set(TASKS)


@pytest.mark.parametrize("task", TASKS)
def test_every_language_can_be_scored_and_trained_on_where_the_task_says_so(task: str, tasks):
    the = tasks[task]
    langs = listed_languages("all", the, "langs")
    assert langs == [*the.languages.split(), *the.languages_xtreme_r.split()]
    trainable = the.train_languages.split() or langs
    for lang in langs:
        config.check_task(config_with(the, langs=[lang]), "target")
        if not the.recipe.epochs:
            continue
        one = config_with(the, lang=[lang])
        if lang in trainable:
            config.check_task(one, "target")
        else:
            with pytest.raises(ConfigError, match=rf"has training rows in \({trainable[0]}.*got '{lang}'"):
                config.check_task(one, "target")


def config_with(task: TaskConfig, **changed) -> TaskConfig:
    return type(task)(**{**vars(task), **changed})


@pytest.mark.parametrize("task", TASKS)
def test_the_tables_of_the_hub_hold_what_the_task_says(task: str, tasks):
    the = tasks[task]
    source = build_task(the, DataConfig(source="hub")).source
    source = getattr(source, "source", source)  # what sifts examples stands in front of some
    assert isinstance(source, HubRows)
    if not the.hub.sets:
        assert the.hub.absent or task.startswith("pocket_")
        return
    assert set(source.languages(the.eval_split)) <= set(the.languages.split())
    trained_on = set(source.languages("train"))
    assert trained_on <= set(the.train_languages.split() or the.languages.split())
    assert "en" in trained_on or not the.recipe.epochs
    for table in source.tables.values():
        owner, _, name = table.repository.partition("/")
        assert owner
        assert name
        for lang in table.langs:
            assert "{" not in str(table.address(lang, next(iter(table.splits))))


def test_the_hub_s_own_names():
    udpos = config.finalize(compose_train("target=udpos", "data=hub"))
    address = build_task(udpos.target, udpos.data).source.tables["xtreme"].address("zh", "test")
    assert tuple(address) == ("google/xtreme", "udpos.Chinese", "main", "test")


@pytest.mark.parametrize(
    ("task", "given", "expected"),
    [
        ("xcopa", "xtreme", "en et id it sw ta th tr vi zh"),
        ("udpos", "family:Germanic", "af de en nl"),
        ("udpos", "script:Thai+kk", "th kk"),
        ("tatoeba", "family:Slavic", "bul rus pol ukr"),
        ("xnli", "[de,script:Deva]", "de hi"),
        ("xnli", "family:Niger-Congo", "sw"),
    ],
)  # fmt: skip
def test_words_for_many_languages(task: str, given: str, expected: str):
    assert config.finalize(
        compose_train(f"target={task}", "data=hub", f"target.langs={given}")
    ).target.langs == (expected.split())


def test_xtreme_r_adds_its_languages():
    udpos, panx, tatoeba = (
        config.finalize(compose_train(f"target={task}", "data=hub", "target.langs=xtreme_r")).target.langs
        for task in ("udpos", "panx", "tatoeba")
    )
    # Ruder et al. 2021: 38, 48 and 41 languages.
    assert [len(set(langs)) for langs in (udpos, panx, tatoeba)] == [38, 48, 41]
    assert {"lt", "pl", "ro", "uk", "wo"} <= set(udpos)
    assert len(XTREME) == 40
    assert len(XTREME_R) == 50


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("target.langs=family:Germanik", r"target\.langs: expected one of .*did you mean 'Germanic'"),
        ("target.langs=script:Lat", r"did you mean 'Latn'"),
        ("target.langs=familie:Germanic", r"did you mean 'family'"),
        ("target.langs=xtrem", r"got 'xtrem'.*did you mean 'xtreme'"),
        ("target.langs=script:Geor", r"got 'script:Geor', which is none of them"),
        ("target.langs=[de,dee]", r"got 'dee' \(did you mean 'de'\?\)"),
        ("target.lang=th", r"has training rows in \(en\), got 'th'"),
        ("+target.hub.sets.xtreme.splits.tran=train", r"splits: expected one of train"),
        ("target.hub.sets.xtreme.langs=xx", r"xtreme\.langs: expected one of .*got 'xx'"),
        ("target.hub.sets.xtreme.config='{lnag}'", r"did you mean 'lang'"),
        ("target.hub.sets.xtreme.repository=???", r"no value for target\.hub\.sets\.xtreme\.repository"),
        ("+target.parts={trainn: a}", r"parts: expected one of train"),
        ("target.hub.revisionn=x", r"revisionn"),
    ],
)
def test_what_makes_no_sense_is_refused(override: str, message: str):
    with pytest.raises(ConfigError, match=message):
        config.finalize(compose_train("target=xquad", "data=hub", "target.train_languages=en", override))


def test_evaluation_knows_the_words_too():
    evaluation = config.finalize_evaluation(compose_evaluate("run=x", "task=xnli", "langs=family:Slavic"))
    assert listed_languages(evaluation.langs, evaluation.task, "langs") == ["bg", "ru"]


@pytest.mark.parametrize("task", TASKS)
def test_each_task_says_the_licence_of_its_data(task: str, tasks):
    assert tasks[task].licence


def test_no_data_come_with_xtl_but_what_xtl_makes_itself():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    endings = (
        ".conllu",
        ".iob2",
        ".tsv",
        ".csv",
        ".jsonl",
        ".parquet",
        ".arrow",
        ".auto",
        ".txt",
        ".gold",
        ".gz",
        ".zip",
    )
    found = [line for line in listed.stdout.splitlines() if line.endswith(endings)]
    assert found == ["constraints.txt"]
    made = [
        line
        for line in listed.stdout.splitlines()
        if line.startswith(("xtl/", "conf/")) and not line.endswith((".py", ".yaml"))
    ]
    assert all(line.startswith(("xtl/pocket/", "xtl/py.typed")) for line in made), made


OWN_TASK = """
defaults: [/task_type/classification@_here_, _self_]
name: weather
languages: en sw
labels: rain sun
columns: {first: text, label: sky}
metrics: [accuracy]
reference: https://example.org
"""


def test_a_task_of_ones_own_is_one_file(tmp_path: Path):
    # As the README says it: a folder with task/weather.yaml, given as --config-dir or hydra.searchpath.
    (tmp_path / "conf" / "task").mkdir(parents=True)
    (tmp_path / "conf" / "task" / "weather.yaml").write_text(OWN_TASK)
    for lang, words in (("en", ("wet", "bright")), ("sw", ("mvua", "jua"))):
        folder = tmp_path / "data" / "weather" / lang
        folder.mkdir(parents=True)
        rows = [{"text": words[at % 2], "sky": ("rain", "sun")[at % 2]} for at in range(16)]
        for split in ("train", "validation", "test"):
            (folder / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    cell = config.finalize(
        compose_train(
            f"hydra.searchpath=[file://{tmp_path / 'conf'}]",
            "target=weather",
            f"data.root={tmp_path / 'data'}",
            "backbone=tiny",
            "target.recipe.lr=1e-2",
            "target.recipe.batch_size=4",
            "target.recipe.epochs=8",
            "trainer.accelerator=cpu",
        )
    )
    from xtl.pipeline.cell import run_cell
    from xtl.store.store import PhaseStore

    results = run_cell(cell, tmp_path / "run", store=PhaseStore(tmp_path / "phases"))
    assert {(one.task, one.lang): one.value for one in results}[("weather", "en")] == 100
    assert {one.lang for one in results} == {"en", "sw"}
