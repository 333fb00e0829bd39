"""Every task of the catalogue: the hub and files give the same examples, and a module trains on them."""

from pathlib import Path

import pytest
import torch

from tests.helpers.catalogue import SAMPLES
from tests.helpers.catalogue_files import write_local
from tests.helpers.catalogue_hub import write_hub
from tests.helpers.hub_server import HubServer, hub_server, point_at
from tests.helpers.tasks import composed_task
from xtl import config
from xtl.errors import DataNotFoundError
from xtl.models import tiny
from xtl.modules.optim import AdamWLinear

NOT_ON_THE_HUB = ("bucc2018", "ccg", "mixture", "mlm", "ud_supertag", "uner")
TASKS = sorted(path.stem for path in (config.conf_dir() / "task").glob("*.yaml"))


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("catalogue")
    write_hub(root / "hub")
    for task in SAMPLES:
        write_local(root / "local", task)
    return root


@pytest.fixture(scope="module")
def server(root: Path):
    with hub_server(root / "hub") as running:
        yield running


@pytest.fixture
def hub(server: HubServer, root: Path, monkeypatch: pytest.MonkeyPatch) -> HubServer:
    server.asked.clear()
    point_at(server.endpoint, root / "cache", monkeypatch)
    return server


def test_the_collection_has_every_task_that_the_hub_has():
    made = {task for task in TASKS if task.startswith("pocket_")} | {"none"}
    assert set(SAMPLES) == set(TASKS) - made - set(NOT_ON_THE_HUB)


@pytest.mark.parametrize("task", SAMPLES)
def test_hub_and_files_give_the_same_examples(task: str, hub: HubServer, root: Path):
    there, here = (
        composed_task(task, "data.source=hub"),
        composed_task(task, "data.source=local", f"data.root={root / 'local'}"),
    )
    for lang, splits in SAMPLES[task].splits.items():
        for split in splits:
            assert lang in there.source.languages(split)
            assert lang in here.source.languages(split)
            found = there.source.examples(lang, split)
            assert found == here.source.examples(lang, split)
            assert found
            assert len({example.uid for example in found}) == len(found)
    assert there.skip_counts.uids == here.skip_counts.uids


def test_a_part_that_is_missing_is_not_left_out_silently(tmp_path: Path):
    write_local(tmp_path, "anli")
    (tmp_path / "anli" / "en" / "train.snli.jsonl").unlink()
    source = composed_task("anli", "data.source=local", f"data.root={tmp_path}").source
    assert source.languages("train") == []
    with pytest.raises(DataNotFoundError, match=r"expected train\.snli\{.*found .*train\.mnli\.jsonl"):
        source.examples("en", "train")


@pytest.mark.parametrize("task", SAMPLES)
def test_a_module_trains_on_what_the_hub_gives(task: str, hub: HubServer):
    the = composed_task(task, "data.source=hub", "target.max_len=64", *_short_windows(task))
    split = "train" if the.source.languages("train") else the.config.eval_split
    examples = the.source.examples(next(iter(SAMPLES[task].splits)), split)
    pretrained = tiny()
    features = the.encode(examples, pretrained.tokenizer)
    batch = the.collator(pretrained.tokenizer.pad_token_id)(features)
    module = the.module(pretrained.backbone, AdamWLinear(lr=1e-3, total_steps=2), dropout=0.0)
    before = {name: weight.clone() for name, weight in module.named_parameters()}
    optimizer = torch.optim.AdamW(module.parameters(), lr=1e-3)
    for _ in range(2):
        loss = module.loss(batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        assert loss.isfinite()
    moved = {name for name, weight in module.named_parameters() if not torch.equal(weight, before[name])}
    assert moved >= {name for name in before if "layer.0.attention.self.value" in name}
    assert moved >= {name for name in before if name.startswith("head.")}


def _short_windows(task: str) -> list[str]:
    if task in ("xquad", "mlqa", "tydiqa", "squad1", "squad2"):
        return ["target.max_query=16", "target.doc_stride=16"]
    return []
