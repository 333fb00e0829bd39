"""Keys that are not known and values that make no sense: each is refused with what was expected."""

import pytest

from tests.helpers.cells import composed_cell
from tests.helpers.compose import compose_train
from tests.helpers.configs import cell_with_root
from tests.helpers.runs import MIXTURE
from xtl.config import compose
from xtl.errors import ConfigError


@pytest.mark.parametrize("override", ["learning_rate=1e-5", "target.lr=1e-5", "recipe.defualt.lr=1"])
def test_an_unknown_key_is_refused(override):
    with pytest.raises(ConfigError, match=r"(learning_rate|lr|defualt)"):
        compose_train(override)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("+target.recipe.epoch=1", r"target\.recipe\.epoch: .*did you mean 'epochs'"),
        ("+trainer.thread=1", r"trainer\.thread: .*did you mean 'threads'"),
        ("+sead=1", r"sead: .*did you mean 'seed'"),
    ],
)
def test_an_unknown_key_that_was_forced_in_is_refused(override, message):
    with pytest.raises(ConfigError, match=message):
        cell_with_root(override)


@pytest.mark.parametrize(
    "override", ["target.recipe.epochs=ten", "seed=x", "trainer.active_vocabulary=maybe"]
)
def test_a_value_of_another_type_is_refused(override):
    with pytest.raises(ConfigError, match=override.split("=")[1]):
        compose_train(override)


def test_all_missing_values_are_named():
    with pytest.raises(ConfigError, match=r"no value for seed, trainer\.precision"):
        cell_with_root("seed=???", "trainer.precision=???")


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["trainer.threads=2147483648"], r"trainer\.threads: expected at most 1,024, got 2,147,483,648"),
        (["sweep.rules.margin=0"], r"sweep\.rules: margin: expected"),
        (["sweep.rules.alpha=2"], r"sweep\.rules: alpha: expected"),
        (["sweep.rules.english=xx"], r"xx"),
        (["seed=-1"], r"^seed: expected a whole number from 0 to 4294967295, got -1"),
        (["seed=4294967296"], r"^seed: expected a whole number from 0 to 4294967295, got 4294967296"),
        (["data=local", "data.root=null"], r"data\.root: expected the folder.*got null"),
        (["data.root=/nowhere/at/all"], r"data\.root=/nowhere/at/all: expected a folder, found none"),
        (["target.langs=[xx]"], r"target\.langs: expected languages of task 'udpos'.*got 'xx'"),
        (["target.lang=[]"], r"target\.lang: expected at least one language"),
        (["target.lang=[enn]"], r"did you mean 'en'"),
        (["target.langs=[deu]"], r"got 'deu' \(did you mean 'de'\?\)"),
        (["target=mnli", "target.langs=[fr]"], r"got 'fr'$"),
        (["target.size=0", "target.shots=10"], r"target\.shots: expected 0 where nothing is trained"),
        (["target.recipe.epochs=0", "target.shots=10"], r"target\.shots: .* got 10; to train on a few rows"),
        (["target=none"], r"^target: expected a task, such as target=udpos, got none"),
        (
            ["target=bucc2018", "data=hub"],
            r"target: expected a task of the hub, .*bucc2018_pairs.*data=local",
        ),
        (["target=pocket_pos", "data=hub"], r"target: expected a task of the hub, .*; or data=pocket"),
        (["target.max_len=3"], r"target\.max_len=3: expected at least 4"),
        (["target.metrics=[f2]"], r"target\.metrics: expected one of accuracy, f1, f1_strict, got 'f2'"),
        (
            ["target.agreement=0.5"],
            r"target\.agreement=0\.5: expected 1 for all tasks but pocket_pos, got task",
        ),
        (
            ["target=pocket_pos", "target.agreement=1.5"],
            r"agreement: expected a number from -1 to 1, got 1\.5",
        ),
        (["target=pocket_ner", "target.agreement=0"], r"got task 'pocket_ner' with data=pocket"),
        (["target.metrics=[]"], r"target\.metrics: expected at least one"),
        (["target.lang=en+en"], r"target\.lang: expected different languages, got en\+en"),
        (["target.lang=all"], r"target\.lang: expected languages of task .* got 'all'$"),
        (["target.langs=[]"], r"target\.langs: expected at least one language to score, or null"),
        (["target.labels=A"], r"target\.labels: expected at least two"),
        (["target.labels='A A'"], r"target\.labels: expected at least two different"),
        (["target=uner", "target.replace.B-OTH=Q"], r"target\.replace\.B-OTH: expected one of"),
        (["target.recipe.lr=0"], r"target\.recipe\.lr: expected a number above 0"),
        (["target.recipe.lr=nan"], r"target\.recipe\.lr: expected a number above 0, got nan"),
        (["target.recipe.head_lr=0"], r"target\.recipe\.head_lr: expected a number above 0 or null, got 0"),
        (["target.recipe.lr=inf"], r"target\.recipe\.lr: expected a number above 0, got inf"),
        (["target.recipe.head_lr=inf"], r"head_lr: expected a number above 0 or null, got inf"),
        (["target.recipe.weight_decay=inf"], r"weight_decay: expected a number from 0, got inf"),
        (
            ["intermediate=xnli", "intermediate.lang=en", "intermediate.shots=3"],
            r"intermediate\.shots: expected 0, got 3 of 'xnli': only the target has scored languages",
        ),
        (
            ["target=xquad", "target.max_len=64"],
            r"target\.max_len=64: expected more than 68 \(max_query \+ 4\).*; raise it, or lower",
        ),
        (["target=xquad", "target.max_len=128"], r"doc_stride=128: expected at most 60 .*; set it beside"),
        (["target.recipe.epochs=-1"], r"target\.recipe\.epochs: expected at least 0, got -1"),
        (["target.recipe.batch_size=0"], r"batch_size: expected at least 1"),
        (["target.recipe.warmup=1.5"], r"warmup: expected a share .* or a whole number of them, got 1\.5"),
        (["target.recipe.dropout=1"], r"dropout: expected a share"),
        (["target.recipe.clip=-1"], r"clip: expected at least 0"),
        (["target.recipe.selection=best"], r"selection: expected one of best_validation, last, got 'best'"),
        (
            ["+recipe.tasks.udpos={lrr: 1}"],
            r"recipe\.tasks\.udpos: expected one of .*got 'lrr' \(did you mean 'lr'",
        ),
        (["target.tuning.name=lorra"], r"target\.tuning\.name: expected one of .*did you mean 'lora'"),
        (["tuning.rank=0"], r"target\.tuning\.rank: expected at least 1"),
        (["tuning.layers=-1"], r"tuning\.layers: expected at least 0"),
        (["tuning.units=0"], r"tuning\.units: expected at least 1"),
        (["tuning.alpha=0"], r"tuning\.alpha: expected a number above 0"),
        (["tuning.dropout=1"], r"tuning\.dropout: expected a share"),
        (["tuning.targets=[]"], r"tuning\.targets: expected at least one"),
        (["+recipe.tasks.udpos=3"], r"recipe\.tasks\.udpos: expected settings"),
        (["+recipe.intermediate.default={lrr: 1}"], r"recipe\.intermediate\.default: .*lrr"),
        (["+recipe.intermediate.tasks.udpos=3"], r"recipe\.intermediate\.tasks\.udpos: expected settings"),
        (["trainer.precision=fp16"], r"trainer\.precision: expected one of auto"),
        (["trainer.accelerator=tpu"], r"trainer\.accelerator: expected one of"),
        (["trainer.kernels=fast"], r"trainer\.kernels: expected one of xtl, torch"),
        (["trainer.threads=0"], r"trainer\.threads: expected at least 1"),
        (["trainer.eval_tokens=0"], r"trainer\.eval_tokens: expected at least 1"),
        (["trainer.devices=0"], r"trainer\.devices: expected at least 1"),
        (["trainer.devices=all"], r"trainer\.devices: expected a number of devices or auto, got all"),
        (["trainer.nodes=0"], r"trainer\.nodes: expected at least 1"),
        (["trainer.micro_batch=0"], r"trainer\.micro_batch: expected at least 1"),
        (["trainer.micro_batch=-2"], r"trainer\.micro_batch: expected at least 1, got -2"),
        (["trainer.micro_batch=2.5"], r"trainer\.micro_batch: expected a number of examples, auto or null"),
        (["trainer.micro_batch=true"], r"trainer\.micro_batch: expected a number of examples, auto or null"),
        (["trainer.micro_batch=4096t"], r"trainer\.micro_batch: expected a number .*, got 4096t"),
        (["trainer.micro_batch_tokens=0"], r"trainer\.micro_batch_tokens: expected at least 1"),
        (["trainer.micro_batch_tokens=auto"], r"trainer\.micro_batch_tokens"),
        (
            ["trainer.micro_batch=4", "trainer.micro_batch_tokens=512"],
            r"trainer\.micro_batch_tokens: expected null beside trainer\.micro_batch, .* got 512 and 4",
        ),
        (
            ["trainer.micro_batch=auto", "trainer.micro_batch_tokens=512"],
            r"trainer\.micro_batch_tokens: expected null beside trainer\.micro_batch, .* got 512 and auto",
        ),
        (
            ["target.recipe.batch_size=3", "trainer.devices=2", "trainer.nodes=2"],
            r"target\.recipe\.batch_size: expected at least one example .* each of 4 devices, got 3",
        ),
        (["backbone.path=null"], r"backbone\.path: expected a repository"),
        (
            ["backbone=tiny", "backbone.path=/mine"],
            r"backbone\.path: expected null .*add backbone\.source=hub",
        ),
        (["backbone=e5_small", "backbone.revision=v1"], r"backbone\.revision: expected null .*e5_small"),
        (
            ["intermediate=pocket_nli"],
            r"target: expected a task of pocket .* got 'udpos'; all tasks of a cell",
        ),
        (["target=pocket_pos", "+data.sizes.dev=5"], r"data\.sizes: expected one of .*'dev'"),
        (["backbone.source=hubb"], r"backbone\.source: expected one of .*did you mean 'hub'"),
        (["data.source=locl"], r"data\.source: expected one of .*did you mean 'local'"),
    ],
)
def test_values_that_make_no_sense_are_refused(overrides, message):
    with pytest.raises(ConfigError, match=message):
        cell_with_root(*overrides)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["intermediate.tasks=[]"], r"intermediate\.tasks: expected names of tasks"),
        (["intermediate.tasks=[pocket_nly]"], r"pocket_nly"),
        (
            ["+intermediate.settings.pocket_nli={budget: 'steps:5'}"],
            r"settings\.pocket_nli\.budget: expected none, .* set intermediate\.budget",
        ),
        (
            ["+intermediate.settings.pocket_nli={recipe: {patience: 2}}"],
            r"settings\.pocket_nli\.recipe\.patience: expected none",
        ),
        (
            ["+intermediate.rates.pocket_text=0.1", "+intermediate.settings.pocket_text={size: 0}"],
            r"rates\.pocket_text: expected none for a task without rows",
        ),
        (
            ["intermediate.tasks=[pocket_nli,pocket_nli]"],
            r"tasks: expected different tasks, got pocket_nli, p",
        ),
        (
            ["+intermediate.settings.pocket_nli={recipe: {lr: 1e-5}}"],
            r"settings\.pocket_nli\.recipe\.lr: expected none, .* set intermediate\.recipe\.lr",
        ),
        (["intermediate.tasks=[pocket_mining]"], r"expected tasks that train, got 'pocket_mining'"),
        (["+intermediate.settings.udpos={lang: de}"], r"settings: expected one of pocket_nli, pocket_text"),
        (["+intermediate.settings.pocket_nli={lag: de}"], r"lag"),
        (["intermediate.lang=xx"], r"settings\.pocket_nli\.lang: expected languages of task 'pocket_nli'"),
        (["+intermediate.rates.pocket_text=1.0"], r"rates\.pocket_text: expected a share between 0 and 1"),
        (["intermediate.sampling=unifor"], r"did you mean 'uniform'"),
        (["target=mixture"], r"target: expected a task that can be scored, got a mixture"),
    ],
)
def test_a_mixture_that_makes_no_sense_is_refused(overrides, message):
    with pytest.raises(ConfigError, match=message):
        composed_cell("backbone=tiny", *MIXTURE, "intermediate.sampling=uniform", *overrides)


def test_a_mixture_without_any_rows_is_a_baseline_whatever_its_rates():
    cell = composed_cell(
        "backbone=tiny", *MIXTURE, "intermediate.size=0", "+intermediate.rates.pocket_text=0.1"
    )
    assert {member.size for member in cell.intermediate.members.values()} == {0}


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("intermediate.lang=de", r"a choice of intermediate before a setting of it.*add intermediate=NAME"),
        ("intermediate.fraction=0.1", r"^intermediate\.fraction=0\.1: .*add intermediate=NAME"),
        ("tracking.wandb.mode=offline", r"a choice of tracking\.wandb before .*add tracking=wandb"),
        ("tracking.mlflow.uri=x", r"add tracking=mlflow"),
    ],
)
def test_a_setting_of_a_group_without_a_choice_says_which_to_make(override, message):
    with pytest.raises(ConfigError, match=message):
        compose_train(override)


def test_a_value_of_another_kind_is_refused_with_the_reason():
    with pytest.raises(ConfigError, match=r"target\.size=0\.1: .*Integer"):
        compose("train", "target.size=0.1")
