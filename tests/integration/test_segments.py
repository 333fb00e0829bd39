"""Exports of encoders with segments: other libraries load the folder, read a pair and give xtl's numbers."""

import json

import pytest
import torch
import transformers
from transformers import AutoTokenizer

from tests.helpers.cells import composed_cell
from tests.helpers.exports import batch_of, examples_of, exported
from tests.helpers.segments import save_encoder
from tests.helpers.tasks import SMALL_SIZES
from xtl.export.transformers_folder import write_model
from xtl.models import hub
from xtl.pipeline.cell import run_cell
from xtl.runs.fingerprint import is_complete
from xtl.runs.saved_run import SavedRun
from xtl.store.store import PhaseStore
from xtl.tasks.build import build_task


@pytest.mark.parametrize("name", ["pocket_nli", "pocket_qa", "pocket_choice"])
def test_a_pair_has_the_logits_of_the_module(name, tmp_path):
    save_encoder(tmp_path / "encoder")
    made = exported(name, tmp_path / "made", pretrained=hub(str(tmp_path / "encoder")))
    folder = tmp_path / "written"
    write_model(made.model, made.export, folder)
    model = getattr(transformers, made.export.auto_class).from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    pair = tokenizer(["a b", "c"], ["d e f", "g"], padding=True, return_tensors="pt")
    assert pair["token_type_ids"].sum() == 6
    shape = (2, 1, -1) if name == "pocket_choice" else (2, -1)
    with torch.inference_mode():
        expected = made.export.logits(pair["input_ids"], pair["attention_mask"])
        logits = made.export.model_logits(model, pair)
        if name != "pocket_qa":
            inputs = {key: value.reshape(shape) for key, value in pair.items()}
            torch.testing.assert_close(model(**inputs).logits, expected)
    read = pair["attention_mask"].bool() if made.export.per_token else ...
    torch.testing.assert_close(logits[read], expected[read])
    assert hub(str(folder)).backbone.separator == tokenizer.sep_token_id


@pytest.mark.parametrize("name", ["pocket_pos", "pocket_nli", "pocket_qa", "pocket_choice"])
def test_what_the_tokenizer_says_of_segments_is_what_the_encoder_is_told(name, tmp_path):
    save_encoder(tmp_path)
    pretrained = hub(str(tmp_path))
    made = exported(name, tmp_path / "made", pretrained=pretrained)
    batch = batch_of(made.model, made.task.encode(examples_of(name), made.model.tokenizer))
    segments = pretrained.backbone.inputs(batch["input_ids"], batch["attention_mask"])["token_type_ids"]
    for ids, mask, row in zip(batch["input_ids"], batch["attention_mask"], segments, strict=True):
        read = ids[mask == 1].tolist()
        ends = [index for index, id_ in enumerate(read) if id_ == pretrained.tokenizer.sep_token_id]
        assert ends[-1] == len(read) - 1
        assert len(ends) == (1 if name == "pocket_pos" else 2)
        assert row[mask == 1].tolist() == [0] * (ends[0] + 1) + [1] * (len(read) - 1 - ends[0])


def test_a_run_of_an_older_version_is_opened_without_segments_and_trained_again(tmp_path):
    save_encoder(tmp_path / "encoder")
    cell = composed_cell(
        "target=pocket_nli", "backbone=tiny", "backbone.source=hub", f"backbone.path={tmp_path / 'encoder'}",
        "target.recipe.epochs=1", "target.langs=[de]", "trainer.accelerator=cpu", *SMALL_SIZES,
    )  # fmt: skip
    run_cell(cell, tmp_path / "run", store=PhaseStore(tmp_path / "phases"))
    assert is_complete(cell, tmp_path / "run")

    def separator():
        run = SavedRun.open(tmp_path / "run", data_needed=False)
        task = build_task(run.task, run.config.data)
        return run.load(task).module.backbone.separator

    assert separator() == 3
    path = tmp_path / "run" / "phases.json"
    phases = json.loads(path.read_text())
    assert phases.pop("segments") is True
    path.write_text(json.dumps(phases))  # as older versions wrote it
    assert separator() is None
    assert not is_complete(cell, tmp_path / "run")
