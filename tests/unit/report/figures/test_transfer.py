import pytest

from tests.helpers.factories import result
from xtl.report import draw_transfer

EN, DE = result(lang="en", value=95.0), result(lang="de", value=90.0)


@pytest.mark.parametrize("results", [[EN, DE], [EN], [DE], [DE, result(lang="hi", value=0.0)]])
def test_a_picture_is_a_png(tmp_path, results):
    path = tmp_path / "figures" / "transfer.png"
    draw_transfer(results, path)
    assert path.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert [file.name for file in path.parent.iterdir()] == ["transfer.png"]


def test_the_ending_of_the_file_is_its_format(tmp_path):
    for ending, begins in (("", b"\x89PNG"), (".png", b"\x89PNG"), (".pdf", b"%PDF"), (".svg", b"<?xml")):
        path = tmp_path / f"transfer{ending}"
        draw_transfer([EN, DE], path)
        assert path.read_bytes().startswith(begins)


def test_40_languages_make_a_wider_picture(tmp_path):
    draw_transfer([EN, DE], tmp_path / "small.png")
    draw_transfer([EN, *(result(lang=f"l{at}", value=float(at)) for at in range(40))], tmp_path / "wide.png")

    def width(path):
        return int.from_bytes(path.read_bytes()[16:20], "big")  # IHDR

    assert width(tmp_path / "wide.png") > 3 * width(tmp_path / "small.png")


def test_bars_mean_and_title(tmp_path, monkeypatch):
    from matplotlib.figure import Figure

    figures = []
    save = Figure.savefig

    def kept(self, *args, **kwargs):
        figures.append(self)
        save(self, *args, **kwargs)

    monkeypatch.setattr(Figure, "savefig", kept)
    draw_transfer(
        [DE, EN, result(lang="hi", value=60.0), result(lang="de", metric="f1", value=1.0)], tmp_path / "x.png"
    )
    (axes,) = figures[0].axes
    assert [bar.get_height() for bar in axes.patches] == [95.0, 90.0, 60.0]  # source first, then best first
    assert [label.get_text() for label in axes.get_xticklabels()] == ["en", "de", "hi"]
    assert axes.lines[0].get_ydata()[0] == 75.0  # (90 + 60) / 2
    assert axes.get_ylabel() == "accuracy (0-100)"
    assert "udpos: tiny, trained on 2,001 rows in en" in axes.get_title()
