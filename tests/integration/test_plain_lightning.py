"""The modules as another project uses them: plain Lightning's trainer and command line, no config of xtl."""

import lightning
import pytest
import torch
from torch.utils.data import DataLoader

from tests.helpers.tasks import SEVERAL, parts
from xtl.metrics import TokenAccuracy
from xtl.models import tiny
from xtl.modules import AdamWLinear, MultiTask, TokenTagging
from xtl.modules.optim import OptimizerFactory
from xtl.tasks.loaders import evaluation_loader, training_loader

NAMES = ("pocket_pos", "pocket_nli", "pocket_qa", "pocket_retrieval", "pocket_choice", "pocket_text")
"""A task of each type that learns, mixtures apart."""

pytestmark = pytest.mark.filterwarnings(
    "ignore"
)  # what Lightning says of loggers and of loaders without workers


def trainer(**changed) -> lightning.Trainer:
    quiet = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False}
    settings = {"max_epochs": 1, "accelerator": "cpu", "enable_model_summary": False, **quiet}
    return lightning.Trainer(**settings, **changed)


@pytest.fixture(params=NAMES)
def prepared(request):
    """A module, a loader to train with, and evaluation loaders of different rows."""
    task, pretrained, _, features, module = parts(request.param)
    pad_id = pretrained.tokenizer.pad_token_id
    train, _ = training_loader(task, features, pad_id=pad_id, updates=None, seed=0)
    rows = [[f for f in features if f["id"].uid.endswith(ends)] for ends in (("0", "1"), ("2", "3", "4"))]
    assert all(rows)
    loaders = [evaluation_loader(task, some, pad_id=pad_id, max_tokens=400) for some in rows]
    return module, train, loaders


def test_predictions_are_those_of_the_module_batch_by_batch(prepared):
    module, _, (first, second) = prepared
    module.eval()
    alone = trainer().predict(module, first)
    with torch.inference_mode():
        assert str(alone) == str([module.predict_step(batch) for batch in first])
    assert str(trainer().predict(module, [second, first])[1]) == str(alone)


def test_each_loader_has_its_own_score_in_validation_and_test(prepared):
    module, _, loaders = prepared
    alone = [trainer().validate(module, loader, verbose=False)[0] for loader in loaders]
    for stage, run in (("val", trainer().validate), ("test", trainer().test)):
        together = run(module, loaders, verbose=False)
        for index, (one, scores) in enumerate(zip(alone, together, strict=True)):
            named = {
                name.replace("val/", f"{stage}/") + f"/dataloader_idx_{index}": one[name] for name in one
            }
            assert scores == pytest.approx(named)
    assert trainer().test(module, loaders[1], verbose=False)[0]["test/score"] == alone[1]["val/score"]
    assert [trainer().validate(module, loader, verbose=False)[0] for loader in loaders] == alone


def test_a_trainer_without_inference_mode_counts_what_one_with_it_counted(prepared):
    module, _, loaders = prepared
    first = trainer().test(module, loaders, verbose=False)
    assert trainer(inference_mode=False).test(module, loaders, verbose=False) == first
    validated = trainer(inference_mode=False).validate(module, loaders, verbose=False)
    assert trainer().validate(module, loaders, verbose=False) == validated


def test_a_fit_validates_on_several_loaders(prepared):
    module, train, loaders = prepared
    trainer().validate(module, loaders, verbose=False)
    fitted = trainer()
    fitted.fit(module, train, loaders)
    again = trainer().validate(module, loaders, verbose=False)
    for scores in again:
        for name, value in scores.items():
            assert float(fitted.callback_metrics[name]) == pytest.approx(value, rel=1e-5)


def test_several_tasks_have_a_score_for_each_loader():
    pretrained, members, loaders = tiny(), {}, []
    prepared = {name: parts(name) for name in SEVERAL[:2]}
    for name, (task, _, _, features, _) in prepared.items():
        members[name] = task.module(pretrained.backbone, AdamWLinear(lr=1e-3, total_steps=9), dropout=0.0)
        loaders.append((task, features, name))
    module = MultiTask(members, optimizer=AdamWLinear(lr=1e-3, total_steps=9))

    def batches(task, features, name, count):
        for batch in evaluation_loader(task, features[:count], pad_id=1, max_tokens=400):
            yield {"member": name, "batch": batch, "ids": batch["ids"], "num_tokens": batch["num_tokens"]}

    def everything(count):
        rows = [batch for entry in loaders for batch in batches(*entry, count)]
        return DataLoader(rows, batch_size=None)

    (alone,) = trainer().validate(module, everything(4), verbose=False)
    assert set(alone) == {"val/loss", "val/score", *(f"val/score/{name}" for name in members)}
    together = trainer().validate(module, [everything(2), everything(4)], verbose=False)
    scores = {name: value for by_name in together for name, value in by_name.items()}
    suffix = "/dataloader_idx_1"
    second = {name.removesuffix(suffix): value for name, value in scores.items() if name.endswith(suffix)}
    assert second == alone
    assert len(scores) == 2 * len(alone)
    (tested,) = trainer().test(module, everything(4), verbose=False)
    assert {name.replace("test/", "val/"): value for name, value in tested.items()} == alone


class Tagger(TokenTagging):
    """A module of another project, whose optimiser is a setting of its command line."""

    def __init__(self, optimizer: OptimizerFactory = AdamWLinear(lr=1e-3, total_steps=10)) -> None:  # noqa: B008
        super().__init__(tiny().backbone, tags=["A", "B"], metric=TokenAccuracy(), optimizer=optimizer)


class TaggerOfOneOptimizer(TokenTagging):
    """The same with a type that names the class."""

    def __init__(self, optimizer: AdamWLinear = AdamWLinear(lr=1e-3, total_steps=10)) -> None:  # noqa: B008
        super().__init__(tiny().backbone, tags=["A", "B"], metric=TokenAccuracy(), optimizer=optimizer)


@pytest.mark.parametrize("module", [Tagger, TaggerOfOneOptimizer])
@pytest.mark.parametrize(
    ("arguments", "lr", "total_steps"),
    [
        ([], 1e-3, 10),
        (["--model.optimizer.lr=0.5"], 0.5, 10),
        (["--model.optimizer=xtl.modules.AdamWLinear", "--model.optimizer.lr=0.5"], 0.5, 10),
    ],
)
def test_an_optimiser_is_a_default_of_lightnings_command_line(module, arguments, lr, total_steps):
    pytest.importorskip("jsonargparse")
    from lightning.pytorch.cli import LightningCLI

    cli = LightningCLI(
        module,
        lightning.LightningDataModule,
        run=False,
        args=arguments,
        save_config_callback=None,
        trainer_defaults={"logger": False, "accelerator": "cpu"},
    )
    assert cli.model._optimizer == AdamWLinear(lr=lr, total_steps=total_steps)
