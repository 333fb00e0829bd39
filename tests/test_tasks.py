"""Every file of ``conf/task``, found by globbing: it composes, and its languages and data are true."""

import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.helpers.cells import composed_cell
from tests.helpers.compose import CONF, compose_evaluate, compose_train
from tests.helpers.configs import cell_with_root, names
from xtl import config
from xtl.config import listed_languages
from xtl.config.catalogue import GROUPS, INTERMEDIATE, TARGETS, task_cards
from xtl.data.hub import HubRows
from xtl.errors import ConfigError, DataNotFoundError
from xtl.evaluation.read import read_tests
from xtl.report import XTREME as BENCHMARK
from xtl.schemas.data import DataConfig
from xtl.schemas.fields import CATEGORIES, affecting
from xtl.schemas.task import TaskConfig
from xtl.tasks.build import build_task
from xtl.tasks.sources import refused_languages

ROOT = Path(__file__).parents[1]
TASKS = names("task")
FILES = f"data.root={CONF}"
NINE_TARGETS = "xnli pawsx udpos panx xquad mlqa tydiqa bucc2018 tatoeba".split()  # noqa: SIM905
NINE_INTERMEDIATE = "anli mnli qqp squad2 squad1 hellaswag ccg cosmosqa csqa".split()  # noqa: SIM905


@pytest.fixture(scope="module")
def tasks() -> dict[str, TaskConfig]:
    """Every task, composed once."""
    return {task: composed_cell(f"target={task}", FILES).target for task in TASKS}


def test_the_nine_targets_and_the_nine_intermediate_tasks_are_there():
    assert set(NINE_TARGETS + NINE_INTERMEDIATE) <= set(TASKS)


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
    udpos = composed_cell("target=udpos", "data.source=hub")
    address = build_task(udpos.target, udpos.data).source.tables["xtreme"].address("zh", "test")
    assert tuple(address) == ("google/xtreme", "udpos.Chinese", "main", "test")


@pytest.fixture
def udpos():
    cell = composed_cell("target=udpos", "data.source=hub")
    return cell, build_task(cell.target, cell.data)


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_rows_on_the_hub_that_are_not_the_task_s_are_refused_with_reason_and_remedy(split, udpos):
    _, task = udpos
    for lang in ("el", "fr", "ru", "zh"):
        with pytest.raises(
            DataNotFoundError, match=rf"{split} rows in '{lang}'.*Ancient Greek.*data\.root=FOLDER"
        ):
            task.source.examples(lang, split)
    available = task.source.languages(split)
    assert not {"el", "fr", "ru", "zh"} & {*available}
    assert {"de", "en"} <= {*available}


def test_languages_that_are_not_scored_because_the_hub_s_are_refused_are_told_once(udpos, caplog):
    cell, task = udpos
    never_read = SimpleNamespace(split=lambda *_: None)
    scored = read_tests(task, cell.data, None, split="test", cache=never_read)
    assert len(scored) == 33 - 4
    (said,) = (record.getMessage() for record in caplog.records if record.levelname == "WARNING")
    assert said.startswith("udpos: not scored: the hub's el fr ru zh: google/xtreme mixes in")


def test_files_are_never_refused_for_what_the_hub_has(udpos):
    cell, _ = udpos
    assert refused_languages(cell.target, cell.data).keys() == {"el", "fr", "ru", "zh"}
    assert not refused_languages(cell.target, DataConfig(source="local"))
    # Cells with files are done as before.
    assert "refused" not in affecting(cell.target.hub, *CATEGORIES)["sets"]["xtreme"]


def test_a_refused_language_must_be_one_of_the_task_s():
    with pytest.raises(ConfigError, match=r"target\.hub\.sets\.xtreme\.refused.*'xx'"):
        composed_cell("target=udpos", "data.source=hub", "+target.hub.sets.xtreme.refused.xx=why")


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
    # A few lines that say nothing; numbers that a study ended with, see test_study.py.
    made_up = ("tests/golden/run_0.1.0/", "tests/cases/", "notebooks/study/")
    found = [line for line in listed.stdout.splitlines() if line.endswith(endings)]
    assert [line for line in found if not line.startswith(made_up)] == ["constraints.txt"]
    made = [
        line
        for line in listed.stdout.splitlines()
        if line.startswith(("xtl/", "conf/")) and not line.endswith((".py", ".yaml", ".md"))
    ]
    code = ("xtl/pocket/", "xtl/py.typed", "xtl/report/page/page.html", "xtl/report/verdict.schema.json")
    assert all(line.startswith(code) for line in made), made


@pytest.mark.parametrize("recipe", ["hu2020", "small"])  # the others: tests/test_recipes.py
@pytest.mark.parametrize("task", TASKS)
def test_each_task_composes_and_is_filled_in(task, recipe):
    cfg = compose_train(f"target={task}", FILES)  # the files of a task are read once for all tests
    if recipe != cfg.recipe.name:
        cfg.recipe = compose_train(f"recipe={recipe}").recipe
    cell = config.finalize(cfg)
    assert cell.recipe.name == recipe
    assert cell.target.name == task
    trained = cell.target.recipe.epochs > 0
    assert cell.target.lang == (["en"] if trained else [])
    assert cell.target.reference.startswith(("https://", "xtl.pocket"))
    assert 0 < cell.target.recipe.lr < 1


@pytest.mark.parametrize("task", TASKS)
def test_each_task_composes_for_evaluation(task):
    evaluation = config.finalize_evaluation(compose_evaluate("run=somewhere", f"task={task}"))
    assert evaluation.task is not None
    assert evaluation.task.name == task


def test_the_benchmark_has_its_languages_and_labels():
    # XTREME (Hu et al. 2020): 33 languages of 17 tags, 40 languages of 3 entity types in IOB2.
    udpos, panx = cell_with_root("target=udpos").target, cell_with_root("target=panx").target
    assert len(set(udpos.languages.split())) == 33
    assert len(set(panx.languages.split())) == 40
    assert len(udpos.labels.split()) == 17
    assert len(panx.labels.split()) == 7


def test_the_list_has_nine_targets_nine_intermediate_tasks_and_every_other_file():
    cards = {card.name: card for card in task_cards()}
    by_group = {group: [name for name, card in cards.items() if card.group == group] for group in GROUPS}
    assert set(by_group["targets"]) == set(TARGETS) == set(BENCHMARK)
    assert by_group["intermediate"] == list(INTERMEDIATE)
    assert len(TARGETS) == len(INTERMEDIATE) == 9
    assert set(cards) == set(TASKS)


@pytest.mark.parametrize("card", task_cards(), ids=lambda card: card.name)
def test_what_a_card_says_is_what_composing_says(card, tasks):
    target = tasks[card.name]
    assert (card.task_type, list(card.metrics), card.eval_split) == (
        target.task_type, target.metrics, target.eval_split
    )  # fmt: skip
    assert list(card.languages) == target.languages.split()
    assert {held.repository for held in card.hub} == {held.repository for held in target.hub.sets.values()}
    assert bool(card.train_languages) == bool(target.lang)
    assert card.licence == target.licence
    assert dict(card.published) == dict(target.published)
    assert {*target.aligned.split(), *target.published} <= {"train", "validation", "test"}
