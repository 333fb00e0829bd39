"""Models of transformers beside the modules that they were made of: the same ids, logits and answers."""

import random

import pytest
import torch
import transformers
from transformers import AutoTokenizer, pipeline

from tests.helpers.exports import LANGS, answers, batch_of, examples_of, exported
from tests.helpers.factories import e5_bytes, e5_tensors, example
from xtl import models
from xtl.errors import ConfigError
from xtl.export.transformers_folder import transformers_model, write_model
from xtl.models import HFBackbone, Pretrained, from_folder, tiny_tokenizer
from xtl.models.e5 import convert as e5_convert

CLASS_OF_TASK = {
    "pocket_pos": "AutoModelForTokenClassification",
    "pocket_ner": "AutoModelForTokenClassification",
    "pocket_nli": "AutoModelForSequenceClassification",
    "pocket_qa": "AutoModelForQuestionAnswering",
    "pocket_choice": "AutoModelForMultipleChoice",
    "pocket_text": "AutoModelForMaskedLM",
}
HEADS = ("pocket_pos", "pocket_nli", "pocket_qa", "pocket_choice", "pocket_text")
TOLERANCE = {"atol": 1e-5, "rtol": 1e-5}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """An exported task by name, written once."""
    done = {}

    def write(name):
        if name not in done:
            done[name] = exported(name, tmp_path_factory.mktemp(name))
            write_model(done[name].model, done[name].export, done[name].folder)
        return done[name]

    return write


def loaded(name, folder):
    return getattr(transformers, CLASS_OF_TASK[name]).from_pretrained(folder).eval()


@pytest.mark.parametrize("name", CLASS_OF_TASK)
def test_logits_are_those_of_the_module(name, written):
    model, export, folder = written(name)
    examples = examples_of(name)
    assert len(examples) == 4 * len(LANGS) == 20
    batch = batch_of(model, model.task.encode(examples, model.tokenizer))
    ids, mask = batch["input_ids"], batch["attention_mask"]
    inputs = {"input_ids": ids, "attention_mask": mask}
    of_transformers = loaded(name, folder)
    assert export.auto_class == CLASS_OF_TASK[name]
    with torch.inference_mode():
        logits, expected = export.model_logits(of_transformers, inputs), export.logits(ids, mask)
    if export.per_token:
        logits, expected = logits[mask == 1], expected[mask == 1]
    assert logits.shape == expected.shape
    torch.testing.assert_close(logits, expected, **TOLERANCE)
    assert expected.std() > 0.01  # weights that say something


@pytest.mark.parametrize(
    ("name", "labels"),
    [("pocket_nli", ["contradiction", "entailment", "neutral"]), ("pocket_qa", ["start", "end"])],
)
def test_labels_have_the_names_of_the_task(name, labels, written):
    config = loaded(name, written(name).folder).config
    assert config.id2label == dict(enumerate(labels))
    assert config.label2id == {label: index for index, label in enumerate(labels)}


@pytest.mark.parametrize("name", ["pocket_pos", "pocket_nli"])
def test_the_tokenizer_reads_text_as_xtl_does(name, written):
    model, _, folder = written(name)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    decomposed = "Tie\u0302\u0301ng Vie\u0323\u0302t, cafe\u0301"  # XLM-R's own normaliser drops the marks
    texts = [decomposed, "a <s> b </s> <mask>", "中文 text", " two  spaces "]
    assert tokenizer(texts)["input_ids"] == model.tokenizer(texts)["input_ids"]
    assert list(tokenizer("a", "b")) == ["input_ids", "attention_mask"]
    assert tokenizer("a", "b")["input_ids"] == model.tokenizer("a", "b")["input_ids"]
    assert tokenizer.model_max_length == model.task.config.max_len


@pytest.mark.parametrize("name", ["pocket_pos", "pocket_ner"])
def test_the_pipeline_of_tagging_gives_the_tags(name, written):
    model, _, folder = written(name)
    examples = examples_of(name)
    pipe = pipeline("token-classification", str(folder), device="cpu", ignore_labels=[])
    for entry, record in zip(examples, answers(model, examples), strict=True):
        tag_of_start = {}
        (tokens,) = pipe(list(entry.words), is_split_into_words=True)
        for token in tokens:
            tag_of_start.setdefault(token["start"], token["entity"])
        assert [tag_of_start[start] for start in starts_of(entry.words)] == record["tags"]


@pytest.mark.filterwarnings("ignore:Tokenizer does not support real words")
def test_the_pipeline_joins_words_as_their_tags_say(e5, tmp_path):
    """With pieces of several characters: where a word begins with a piece of its space alone it would not."""
    model, export, folder = exported("pocket_ner", tmp_path / "ner", pretrained=e5)
    drawn = random.Random(0)  # noqa: S311
    sentences = [drawn.choices(("ab", "abb", "aba", "ab\u00e9", "abab"), k=6) for _ in range(20)]
    examples = [example(words, ["O"] * 6, uid=f"s{number}") for number, words in enumerate(sentences)]
    with torch.no_grad():  # no tag is the best of all words
        batch = batch_of(model, model.task.encode(examples, model.tokenizer))
        model.module.head.bias -= model.module(batch)[batch["labels"] >= 0].mean(0)
    write_model(model, export, folder)
    pipe = pipeline("token-classification", str(folder), device="cpu", aggregation_strategy="first")
    groups = pipe([" ".join(words) for words in sentences])
    records = answers(model, examples)
    assert len({tag for record in records for tag in record["tags"]}) > 2
    for words, given, record in zip(sentences, groups, records, strict=True):
        expected = list(spans(starts_of(words), record["tags"]))
        text = " ".join(words)
        # The tokenizer counts the space in front of a word to its first piece.
        starts = [group["start"] + (text[group["start"]] == " ") for group in given]
        assert list(zip(starts, [group["entity_group"] for group in given], strict=True)) == expected


def starts_of(words):
    return [len(" ".join(words[:index])) + (index > 0) for index in range(len(words))]


def spans(starts, tags):
    """Starts and names of runs of a tag, as the pipeline groups them."""
    before = ""
    for start, tag in zip(starts, tags, strict=True):
        name = tag.removeprefix("B-").removeprefix("I-")
        if (tag.startswith("B-") or name != before) and tag != "O":
            yield start, name
        before = name


def test_the_pipeline_of_classification_gives_the_classes(written):
    model, _, folder = written("pocket_nli")
    examples = examples_of("pocket_nli")
    pipe = pipeline("text-classification", str(folder), device="cpu", top_k=None, truncation=True)
    given = pipe([{"text": entry.first, "text_pair": entry.second} for entry in examples])
    for rows, record in zip(given, answers(model, examples), strict=True):
        assert rows[0]["label"] == record["label"]
        assert {row["label"]: row["score"] for row in rows} == pytest.approx(
            record["probabilities"], abs=2e-6
        )


def test_the_pipeline_of_raw_text_fills_masks(written):
    model, _, folder = written("pocket_text")
    texts = [f"{entry.text[:12]} <mask> {entry.text[14:30]}" for entry in examples_of("pocket_text")]
    records = fillings(model, texts)
    pipe = pipeline("fill-mask", str(folder), device="cpu")
    for filled, record in zip(pipe(texts), records, strict=True):
        (best,) = record["fillings"]
        tokens = [pipe.tokenizer.convert_ids_to_tokens(row["token"]) for row in filled]
        assert tokens == [row["token"] for row in best]
        assert [row["score"] for row in filled] == pytest.approx([row["score"] for row in best], abs=2e-6)


def fillings(model, texts):
    from xtl.types import MaskedLMExample

    examples = [MaskedLMExample(uid=f"u{index}", lang="", text=text) for index, text in enumerate(texts)]
    return answers(model, examples)


def test_questions_get_the_same_spans(written):
    model, _, folder = written("pocket_qa")
    examples = examples_of("pocket_qa")
    batch = batch_of(model, model.task.encode(examples, model.tokenizer))
    with torch.inference_mode():
        output = loaded("pocket_qa", folder)(batch["input_ids"], attention_mask=batch["attention_mask"])
        expected = model.module.predict_step(batch)
    scores = (output.start_logits, output.end_logits)
    predictions = model.module._decode(scores, batch)
    records = model.task.records(examples, predictions, 0.0)
    assert records == model.task.records(examples, expected, 0.0)
    assert len({record["start"] for record in records}) > 1


def test_options_get_the_same_scores(written):
    model, _, folder = written("pocket_choice")
    tokenizer, of_transformers = AutoTokenizer.from_pretrained(folder), loaded("pocket_choice", folder)
    examples = examples_of("pocket_choice")
    for entry, record in zip(examples, answers(model, examples), strict=True):
        from xtl.tasks.multiple_choice.encode import texts_to_encode

        encoded = tokenizer(
            *texts_to_encode([entry]), truncation="longest_first", padding=True, return_tensors="pt"
        )
        with torch.inference_mode():
            logits = of_transformers(**{key: value.unsqueeze(0) for key, value in encoded.items()}).logits[0]
        assert logits.softmax(-1).tolist() == pytest.approx(record["probabilities"], abs=2e-6)


@pytest.mark.parametrize("name", ["pocket_pos", "pocket_text", "pocket_choice"])
def test_an_exported_folder_is_a_backbone(name, written):
    model, _, folder = written(name)
    pretrained = from_folder(folder)
    weights = pretrained.backbone.state_dict()
    assert weights.keys() == model.module.backbone.state_dict().keys()
    assert all(
        torch.equal(weight, weights[key]) for key, weight in model.module.backbone.state_dict().items()
    )
    head = pretrained.backbone.language_head
    assert (head is not None) == (name == "pocket_text")
    if head is not None:
        assert all(torch.equal(weight, head[key]) for key, weight in model.module.head.state_dict().items())
    text = "cafe\u0301 <s>"
    assert pretrained.tokenizer(text)["input_ids"] == model.tokenizer(text)["input_ids"]


SIZES = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 48}
CONFIGS = {
    "bert": transformers.BertConfig(**SIZES, pad_token_id=1, layer_norm_eps=1e-5),
    "roberta": transformers.RobertaConfig(**SIZES, pad_token_id=1, type_vocab_size=1),
    "deberta": transformers.DebertaV2Config(**SIZES, pad_token_id=1, pooler_hidden_size=32),
}


@pytest.mark.parametrize(
    ("name", "architecture"),
    [
        *((name, architecture) for name in HEADS[1:] for architecture in ("bert", "deberta")),
        ("pocket_nli", "roberta"),
        ("pocket_text", "roberta"),
    ],
)
def test_other_encoders_have_classes_that_compute_the_same(name, architecture, tmp_path):
    config = CONFIGS[architecture]
    config.vocab_size = len(tiny_tokenizer())
    pretrained = Pretrained(backbone=HFBackbone.from_config(config), tokenizer=tiny_tokenizer())
    made = exported(name, tmp_path, pretrained=pretrained)
    if (name, architecture) in {("pocket_text", "deberta"), ("pocket_text", "roberta")}:
        with pytest.raises(ConfigError, match=r"expected .*ForMaskedLM to"):
            transformers_model(made.module, made.export)
        return
    model = transformers_model(made.module, made.export)
    ids = torch.tensor([[0, 7, 9, 30, 2], [0, 8, 2, 1, 1]])
    mask = (ids != 1).long()
    inputs = {"input_ids": ids, "attention_mask": mask}
    with torch.inference_mode():
        logits, expected = made.export.model_logits(model, inputs), made.export.logits(ids, mask)
    if made.export.per_token:
        logits, expected = logits[mask == 1], expected[mask == 1]
    torch.testing.assert_close(logits, expected, **TOLERANCE)


def test_an_encoder_whose_class_has_another_head_is_refused(tmp_path):
    config = transformers.ModernBertConfig(
        **SIZES, vocab_size=len(tiny_tokenizer()), pad_token_id=1, cls_token_id=0, sep_token_id=2
    )
    pretrained = Pretrained(backbone=HFBackbone.from_config(config), tokenizer=tiny_tokenizer())
    made = exported("pocket_pos", tmp_path, pretrained=pretrained)
    with pytest.raises(ConfigError, match=r"ModernBertForTokenClassification to have the layers.*head.dense"):
        transformers_model(made.module, made.export)


def test_a_mean_over_all_tokens_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"expected pooling=cls.*got pooling=mean"):
        exported("pocket_nli", tmp_path, "target.pooling=mean")


@pytest.fixture
def e5(tmp_path, monkeypatch):
    """An encoder of the shape of multilingual-e5-small, with drawn weights."""
    path = tmp_path / "e5-small-q4.bin"
    path.write_bytes(e5_bytes(e5_tensors()))
    monkeypatch.setattr(e5_convert.e5_file, "locate", lambda: path)
    monkeypatch.setenv("XTL_CACHE", str(tmp_path / "cache"))
    return models.e5_small()


def test_heads_on_e5_give_the_same_logits(e5, tmp_path):
    ids = torch.tensor([[0, 4, 5, 6, 7, 2], [0, 5, 2, 1, 1, 1]])
    mask = (ids != 1).long()
    inputs = {"input_ids": ids, "attention_mask": mask}
    for name in HEADS[:-1]:
        made = exported(name, tmp_path / name, pretrained=e5)
        model = write_model(made.model, made.export, tmp_path / name)
        with torch.inference_mode():
            logits, expected = made.export.model_logits(model, inputs), made.export.logits(ids, mask)
        if made.export.per_token:
            logits, expected = logits[mask == 1], expected[mask == 1]
        torch.testing.assert_close(logits, expected, **TOLERANCE)
        text = "ab\u200bb ae\u0301 \uff21"
        assert (
            AutoTokenizer.from_pretrained(tmp_path / name)(text)["input_ids"]
            == e5.tokenizer(text)["input_ids"]
        )


def test_raw_text_on_e5_is_refused_where_epsilons_differ(e5, tmp_path):
    made = exported("pocket_text", tmp_path, pretrained=e5)
    with torch.no_grad():
        made.module.head.dense.weight *= 0.02  # as a new head's: small states, which the epsilon moves
        made.module.head.dense.bias *= 0.02
    with pytest.raises(ConfigError, match="another epsilon"):
        transformers_model(made.module, made.export)
