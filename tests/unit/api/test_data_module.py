"""The data module under a plain Trainer and under Lightning's command line."""

import pickle

import lightning
import pytest
import torch
from lightning.pytorch.cli import LightningCLI

from tests.helpers.tasks import SMALL_SIZES
from xtl import XtlDataModule
from xtl.errors import ConfigError, DataNotFoundError
from xtl.metrics import tagging_metric
from xtl.models import tiny
from xtl.modules import AdamWLinear, MultiTask, TokenTagging

pytestmark = pytest.mark.filterwarnings("ignore")  # what Lightning says of loggers and hooks

SIZES = [setting for setting in SMALL_SIZES if setting.startswith("data.")]


def trainer(**changed) -> lightning.Trainer:
    quiet = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False}
    settings = {"max_epochs": 1, "accelerator": "cpu", "enable_model_summary": False, **quiet}
    return lightning.Trainer(**{**settings, **changed})


@pytest.fixture(scope="module")
def pos():
    return XtlDataModule(
        "pocket_pos", lang="en", langs=["de", "sw"], val_langs=["en", "de"], backbone="tiny", batch_size=4,
        size=12, overrides=SIZES,
    )  # fmt: skip


def tagger(data):
    return TokenTagging(
        data.load_backbone().backbone,
        tags=data.labels,
        metric=tagging_metric(data.metrics[0]),
        optimizer=AdamWLinear(lr=1e-2),
    )


def test_it_fits_tests_and_predicts_in_several_languages(pos):
    module = tagger(pos)
    fitted = trainer(max_epochs=2, accumulate_grad_batches=2)
    fitted.fit(module, pos)
    assert fitted.global_step == 4  # three batches an epoch, of which the last one ends an update alone
    assert fitted.optimizers[0].param_groups[0]["lr"] == 0  # the schedule ends with the fit
    assert {"val/score/dataloader_idx_0", "val/score/dataloader_idx_1"} <= set(fitted.callback_metrics)
    tested = fitted.test(module, pos, verbose=False)
    predicted = fitted.predict(module, pos)
    assert pos.test_langs == ["de", "sw"]
    for index, (lang, batches) in enumerate(zip(pos.test_langs, predicted, strict=True)):
        predictions = [prediction for batch in batches for prediction in batch]
        scores = pos.task.scores(pos.task.table(pos.examples(lang), predictions))
        assert tested[index][f"test/score/dataloader_idx_{index}"] == pytest.approx(scores["accuracy"])


def test_one_language_has_scores_without_a_number():
    data = XtlDataModule("pocket_pos", langs=["de"], backbone="tiny", overrides=SIZES)
    (tested,) = trainer().test(data.build_module(), data, verbose=False)
    assert set(tested) == {"test/loss", "test/score"}
    assert data.val_langs == data.train_langs == ["en"]


SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in ("pocket_qa", "pocket_choice", "pocket_text")]


@pytest.mark.parametrize("task", ["pocket_nli", "pocket_retrieval", *SLOW])
def test_it_builds_the_module_of_each_task(task):
    lang = "de" if task == "pocket_retrieval" else None
    data = XtlDataModule(task, lang=lang, langs=["de"], backbone="tiny", overrides=SIZES)
    module = data.build_module()
    fitted = trainer(max_steps=1)
    fitted.fit(module, data)
    assert fitted.global_step == 1
    assert torch.isfinite(torch.tensor(trainer().test(module, data, verbose=False)[0]["test/loss"]))


def test_tasks_joined_by_plus_train_together():
    data = XtlDataModule("pocket_pos+pocket_nli", backbone="tiny", batch_size=6, overrides=SIZES)
    module = data.build_module(tiny().backbone)
    assert isinstance(module, MultiTask)
    fitted = trainer()
    fitted.fit(module, data)
    assert {"val/score/pocket_pos", "val/score/pocket_nli"} <= set(fitted.callback_metrics)
    with pytest.raises(ConfigError, match="expected one task to test"):
        trainer().test(module, data, verbose=False)


def test_what_cannot_be_is_refused_with_the_languages_that_can():
    with pytest.raises(ConfigError, match="Could not find 'target/no_such_task'"):
        XtlDataModule("no_such_task")
    with pytest.raises(ConfigError, match=r"target.lang: expected languages of task 'pocket_pos'.* got 'xx'"):
        XtlDataModule("pocket_pos", lang="xx", backbone="tiny")
    data = XtlDataModule("pocket_pos", val_langs=["en", "fi"], backbone="tiny", overrides=SIZES)
    with pytest.raises(DataNotFoundError, match=r"val_langs that have a validation set \(en .*, got fi"):
        data.val_dataloader()
    with pytest.raises(DataNotFoundError, match=r"languages that are scored \(.*\), got 'xx'"):
        data.examples("xx")


class Tagger(TokenTagging):
    """A module of another project."""

    def __init__(self, num_tags: int = 17) -> None:
        tags = [f"tag {number}" for number in range(num_tags)]
        super().__init__(
            tiny().backbone, tags=tags, metric=tagging_metric("accuracy"), optimizer=AdamWLinear(lr=1e-3)
        )


def test_lightnings_command_line_takes_it():
    cli = LightningCLI(
        Tagger,
        lightning.LightningDataModule,
        subclass_mode_data=True,
        run=False,
        save_config_callback=None,
        trainer_defaults={"logger": False, "accelerator": "cpu"},
        args=[
            "--data=xtl.XtlDataModule", "--data.task=pocket_pos", "--data.lang=en", "--data.langs=[de]",
            "--data.backbone=tiny", f"--data.overrides=[{','.join(SIZES)}]",
        ],
    )  # fmt: skip
    assert isinstance(cli.datamodule, XtlDataModule)
    assert cli.datamodule.test_langs == ["de"]
    assert len(cli.datamodule.labels) == 17


def test_the_trainer_may_overfit_a_few_batches():
    data = XtlDataModule("pocket_pos", lang="en", size=24, backbone="tiny", batch_size=8)
    seen = []
    module = data.build_module()
    module.on_train_batch_start = lambda batch, batch_idx: seen.append(tuple(batch["ids"]))
    trainer(max_epochs=2, overfit_batches=2).fit(module, data)
    assert [len(ids) for ids in seen] == [8, 8, 8, 8]
    assert seen[:2] == seen[2:]
    assert len({*seen[0], *seen[1]}) == 16


@pytest.mark.parametrize("lang", [None, ["en"]])
def test_an_epoch_of_several_tasks_reads_each_row_once(lang):
    sizes = [
        f"data.sizes.{split}={count}" for split, count in (("train", 40), ("validation", 8), ("test", 8))
    ]
    data = XtlDataModule("pocket_pos+pocket_nli", lang=lang, backbone="tiny", batch_size=8, overrides=sizes)
    read = {}
    for batch in data.train_dataloader():
        read.setdefault(batch["member"], []).extend(map(str, batch["ids"]))
    assert {name: (len(ids), len(set(ids))) for name, ids in read.items()} == {
        "pocket_pos": (40, 40), "pocket_nli": (40, 40),
    }  # fmt: skip


def test_it_is_pickled_after_it_has_read_its_data():
    data = XtlDataModule("pocket_pos", lang="en", langs=["de"], backbone="tiny", size=40, val_langs="en")
    data.setup()
    again = pickle.loads(pickle.dumps(data))  # noqa: S301  as a process that is spawned gets it
    first, second = (next(iter(each.train_dataloader())) for each in (data, again))
    assert first["ids"] == second["ids"]
    assert first["input_ids"].equal(second["input_ids"])
    assert again.val_langs == ["en"]


def test_without_rows_to_train_on_all_stages_are_those_that_there_are():
    data = XtlDataModule("pocket_retrieval", langs=["de"], backbone="tiny")
    data.setup()
    assert len(data.test_dataloader()) == 1
