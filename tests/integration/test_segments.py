"""Exports of encoders with segments: other libraries load the folder, read a pair and give xtl's numbers."""

import pytest
import torch
import transformers
from transformers import AutoTokenizer

from tests.helpers.exports import batch_of, examples_of, exported
from tests.helpers.segments import save_encoder
from xtl.export.transformers_folder import write_model
from xtl.models import hub


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
