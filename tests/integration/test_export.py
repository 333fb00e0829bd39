"""The command on finished runs: folders, cards, checksums, and what it refuses."""

import json
import re
import shutil
from pathlib import Path

import pytest
import torch
import transformers
import yaml

from tests.helpers.cells import SMALL, composed_cell
from tests.helpers.commands import command
from tests.helpers.hub_server import point_at
from tests.helpers.model_hub import TOKEN, model_hub
from tests.helpers.runs import MIXTURE
from xtl.cli import export
from xtl.errors import BackboneError
from xtl.models import from_folder
from xtl.pipeline.cell import run_cell
from xtl.runs.saved_run import SavedRun
from xtl.tasks.build import build_task


def exported(run: Path, *arguments: str) -> None:
    export.main([f"run={run}", *arguments])


def refused(run: Path, *arguments: str, capsys) -> str:
    """What the command says, in one line, when it ends with status 1."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        exported(run, *arguments)
    assert ended.value.code == 1
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1
    return lines[0]


def model_of(run: Path, phase: str = "target"):
    saved = SavedRun.open(run, data_needed=False, phase=phase)
    task = build_task(saved.task, saved.config.data, saved.config.backbone.embedding)
    return saved.load(task)


def header(folder: Path) -> dict:
    return yaml.safe_load((folder / "README.md").read_text().split("---")[1])


def test_a_run_becomes_a_folder_with_a_card(run_of, tmp_path):
    run, out = run_of("pocket_nli"), tmp_path / "nli"
    exported(run, "--to", "hf", "--out", str(out))
    assert sorted(path.name for path in out.iterdir()) == [
        "README.md", "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json",
        "xtl_export.json",
    ]  # fmt: skip
    of_run = model_of(run)
    loaded = transformers.AutoModelForSequenceClassification.from_pretrained(out).eval()
    encoded = transformers.AutoTokenizer.from_pretrained(out)("Ein Hund.", "Собака.", return_tensors="pt")
    of_run.module.eval()
    with torch.inference_mode():
        torch.testing.assert_close(loaded(**encoded).logits, of_run.module(encoded))
    card = header(out)
    assert card["pipeline_tag"] == "text-classification"
    assert card["language"] == ["de", "en"]
    assert card["license"] == "mit"
    (index,) = card["model-index"]
    (scored,) = [json.loads(line) for line in (run / "results.jsonl").read_text().splitlines()][:1]
    (result,) = index["results"]
    assert result["metrics"][0]["value"] == round(scored["value"], 2)
    assert result["dataset"]["config"] == "de"
    text = (out / "README.md").read_text()
    record = json.loads((out / "xtl_export.json").read_text())
    for words in (
        record["phase_keys"][0], f"{scored['value']:.1f}", "@software{xtl", "arxiv.org/abs/2003.11080",
        f"`xtl-export run={run.name} --to hf`", "MIT, made by xtl", "seed 1",
        f"{scored['value']:.1f} ± ",
    ):  # fmt: skip
        assert words in text
    assert record["cell"] == scored["cell"]
    assert str(run.parent) not in text  # names of folders may be private


def test_the_citation_is_that_of_the_project():
    from xtl.export.card import CITATION

    cited = yaml.safe_load((Path(__file__).parents[2] / "CITATION.cff").read_text())
    for reference in cited["references"]:
        assert reference["url"] in CITATION
        assert all(author["family-names"] in CITATION for author in reference["authors"])


def test_a_second_export_takes_the_place_of_the_first_unless_it_was_changed(run_of, tmp_path, capsys):
    run, out = run_of("pocket_nli"), tmp_path / "nli"
    for _ in range(2):
        exported(run, "--to", "hf", "--out", str(out))
    (out / "README.md").write_text("my own words")
    assert "README.md changed since" in refused(run, "--to", "hf", "--out", str(out), capsys=capsys)
    from_folder(out)  # a card may be edited
    settings = json.loads((out / "config.json").read_text())
    (out / "config.json").write_text(json.dumps({**settings, "layer_norm_eps": 0.1}))
    with pytest.raises(BackboneError, match=r"config\.json changed since"):
        from_folder(out)
    added = tmp_path / "nli_added"
    exported(run, "--to", "hf", "--out", str(added))
    (added / ".git").mkdir()
    (added / ".git" / "HEAD").write_text("ref: refs/heads/main")
    (added / "notes.md").write_text("what I found")
    assert "found .git/HEAD, notes.md;" in refused(run, "--to", "hf", "--out", str(added), capsys=capsys)
    assert (added / "notes.md").read_text() == "what I found"
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.tex").write_text("years of work")
    assert "choose another one" in refused(run, "--to", "hf", "--out", str(tmp_path / "other"), capsys=capsys)
    assert (tmp_path / "other" / "thesis.tex").read_text() == "years of work"


def test_vectors_become_a_folder_of_sentence_transformers(run_of):
    run = shutil.copytree(run_of("pocket_retrieval"), run_of("pocket_retrieval").parent / "exported_vectors")
    exported(run, "--to", "sentence-transformers")
    out = run / "export" / "sentence-transformers"
    assert [entry["type"].rpartition(".")[2] for entry in json.loads((out / "modules.json").read_text())] == [
        "Transformer", "Pooling", "Normalize",
    ]  # fmt: skip
    assert header(out)["library_name"] == "sentence-transformers"
    assert json.loads((out / "xtl_export.json").read_text())["files"].keys() >= {"1_Pooling/config.json"}


@pytest.mark.parametrize(
    ("task", "form", "words"),
    [
        ("pocket_retrieval", "hf", "type 'retrieval' has vectors and no head"),
        ("pocket_mining", "hf", "type 'bitext_mining' has vectors and no head"),
        ("pocket_nli", "sentence-transformers", "type 'classification' has a head and no vectors"),
    ],
)
def test_a_type_that_a_format_has_no_class_for_is_refused(task, form, words, run_of, tmp_path, capsys):
    message = refused(run_of(task), "--to", form, "--out", str(tmp_path / "out"), capsys=capsys)
    assert words in message
    assert not (tmp_path / "out").exists()


def test_a_graph_needs_packages(run_of, capsys, monkeypatch):
    monkeypatch.setattr("xtl.export.onnx_folder.find_spec", lambda name: None)
    assert "pip install onnx onnxscript" in refused(run_of("pocket_nli"), "--to", "onnx", capsys=capsys)


def test_runs_that_cannot_be_exported_are_refused(run_of, tmp_path, capsys):
    run = shutil.copytree(run_of("pocket_nli"), tmp_path / "run")
    assert "expected the folder of a finished run" in refused(tmp_path / "x", "--to", "hf", capsys=capsys)
    assert "got one without" in refused(run, "--to", "hf", "--phase", "intermediate", capsys=capsys)
    assert "expected --task with one of pocket_nli" in refused(
        run, "--to", "hf", "--task", "udpos", capsys=capsys
    )
    head = json.loads((run / "head.json").read_text())
    (run / "head.json").write_text(json.dumps({**head, "labels": ["yes", "no", "perhaps"]}))
    assert "got one that was trained on 'pocket_nli' (yes no perhaps)" in refused(
        run, "--to", "hf", capsys=capsys
    )
    (run / "head.json").write_text(json.dumps(head))
    encoder = (run / "encoder").rename(tmp_path / "encoder")
    message = refused(run, "--to", "hf", capsys=capsys)  # the store is not where it was trained either
    assert "the run has no copy of its own" in message
    encoder.rename(run / "encoder")
    (run / "results.jsonl").rename(tmp_path / "results.jsonl")
    (run / "status.json").write_text(json.dumps({"status": "stopped", "seconds": 1.0}))
    assert "without results (stopped)" in refused(run, "--to", "hf", capsys=capsys)
    assert not (run / "export").exists()


def test_an_exported_folder_trains_on(data_root, run_of, tmp_path):
    out = tmp_path / "model"
    exported(run_of("pocket_text"), "--to", "hf", "--out", str(out))
    overrides = (
        "target=pocket_nli", "backbone=tiny", "backbone.source=hub", f"backbone.path={out}", *SMALL,
        "target.recipe.epochs=1", "target.langs=[de]", "trainer.accelerator=cpu",
    )  # fmt: skip
    run_cell(composed_cell(*overrides), tmp_path / "run")
    exported(tmp_path / "run", "--to", "hf", "--out", str(tmp_path / "again"))
    card = (tmp_path / "again" / "README.md").read_text()
    assert "It began from an exported model: task `pocket_text`" in card


def test_the_intermediate_phase_and_members_of_mixtures_are_exported(tmp_path, capsys):
    overrides = ("backbone=tiny", *MIXTURE, "target.recipe.epochs=1", "target.langs=[de]")
    run = tmp_path / "run"
    run_cell(composed_cell(*overrides, "trainer.accelerator=cpu", "trainer.precision=32-true"), run)
    phase = ("--to", "hf", "--phase", "intermediate")
    assert "with one of pocket_nli, pocket_text, got none" in refused(run, *phase, capsys=capsys)
    exported(run, *phase, "--task", "pocket_nli", "--out", str(tmp_path / "nli"))
    config = transformers.AutoConfig.from_pretrained(tmp_path / "nli")
    assert list(config.id2label.values()) == ["contradiction", "entailment", "neutral"]
    card = (tmp_path / "nli" / "README.md").read_text()
    assert "| 1 | pocket_nli+pocket_text | en | 48 |" in card
    assert "# pocket_nli-tiny\n" in card
    assert "pocket_pos" not in card
    assert all(f"- `{name}`: MIT" in card for name in ("pocket_nli", "pocket_text"))
    exported(run, *phase, "--task", "pocket_text", "--out", str(tmp_path / "text"))
    weights = [
        getattr(transformers, f"AutoModelFor{name}").from_pretrained(tmp_path / folder).roberta.state_dict()
        for name, folder in (("SequenceClassification", "nli"), ("MaskedLM", "text"))
    ]
    assert all(torch.equal(weight, weights[1][key]) for key, weight in weights[0].items())


@pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing:FutureWarning")  # peft with transformers 5.23
def test_an_adapter_alone_gives_the_logits_of_the_run(run_of, tmp_path, capsys, monkeypatch):
    pytest.importorskip("peft")
    base, run = tmp_path / "base", tmp_path / "run"
    exported(run_of("pocket_pos"), "--to", "hf", "--out", str(base))  # whose head has another shape
    overrides = (
        "target=pocket_nli", "backbone=tiny", "backbone.source=hub", f"backbone.path={base}", *SMALL,
        "target.recipe.epochs=1", "target.langs=[de]", "trainer.accelerator=cpu", "tuning=lora",
        "target.tuning.rank=2", "target.recipe.lr=1e-2",
    )  # fmt: skip
    run_cell(composed_cell(*overrides), run)
    exported(run, "--to", "hf", "--adapter-only", "--out", str(tmp_path / "adapter"))
    assert (tmp_path / "adapter" / "adapter_model.safetensors").stat().st_size < 40_000
    texts = [(tmp_path / "adapter" / name).read_text() for name in ("README.md", "adapter_config.json")]
    assert all(str(tmp_path) not in text for text in texts)
    monkeypatch.chdir(tmp_path)
    (code,) = re.findall(r"```python\n(.*?)```", texts[0], re.DOTALL)
    scope: dict = {}
    exec(code, scope)  # noqa: S102  made here
    encoded = transformers.AutoTokenizer.from_pretrained(tmp_path / "adapter")(
        "Ein Hund.", return_tensors="pt"
    )
    with torch.inference_mode():
        expected = model_of(run).module.eval()(encoded)
        logits = scope["model"].eval()(**encoded).logits
        with scope["model"].disable_adapter():
            assert not torch.allclose(scope["model"](**encoded).logits, expected, atol=1e-2)
    torch.testing.assert_close(logits, expected, atol=1e-5, rtol=1e-5)
    message = refused(run_of("pocket_nli"), "--to", "hf", "--adapter-only", capsys=capsys)
    assert "expected tuning=lora in every phase that trained, got full" in message


def test_a_folder_is_pushed(run_of, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    arguments = ("--to", "hf", "--out", str(tmp_path / "out"), "--push", "user/model")
    with model_hub() as hub:
        point_at(hub.endpoint, tmp_path / "cache", monkeypatch)
        exported(run_of("pocket_nli"), *arguments)
        sent = hub.repositories["user/model"]
        assert sent.keys() == {path.name for path in (tmp_path / "out").iterdir()}
        shutil.rmtree(tmp_path / "out")
        assert "--update" in refused(run_of("pocket_nli"), *arguments, capsys=capsys)
        assert not (tmp_path / "out").exists()  # refused before anything is exported
        assert all(TOKEN.encode() not in data for data in sent.values())


def test_the_command_line(tmp_path):
    done = command("xtl-export", "--help", cwd=tmp_path)
    assert all(
        word in done.stdout for word in ("run=RUN_FOLDER", "sentence-transformers", "--push USER/NAME")
    )
    assert "expected one run=RUN_FOLDER" in command("xtl-export", "--to", "hf", cwd=tmp_path).stderr
    assert "expected --push" in command("xtl-export", "run=x", "--to", "hf", "--update", cwd=tmp_path).stderr


def test_the_current_folder_cannot_be_replaced_and_a_link_stays_one(run_of, tmp_path, monkeypatch, capsys):
    run = run_of("pocket_nli")
    monkeypatch.chdir(tmp_path)
    assert "got the current one; choose one inside it" in refused(
        run, "--to", "hf", "--out", ".", capsys=capsys
    )
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    exported(run, "--to", "hf", "--out", "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "config.json").is_file()
