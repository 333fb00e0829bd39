"""What goes wrong with the hub: each error says where, what was expected, what came and what to do."""

import shutil
import socket
from pathlib import Path

import pytest

from tests.helpers.catalogue import SAMPLES, rows_of
from tests.helpers.catalogue_hub import write_hub
from tests.helpers.cells import composed_cell
from tests.helpers.hub_files import Classes, Table, write_repository
from tests.helpers.hub_server import HubServer, folder_of, hub_server, point_at
from tests.helpers.tasks import composed_task
from xtl.cli import data
from xtl.errors import ConfigError, DataFormatError, DataNotFoundError
from xtl.schemas.data import DataConfig
from xtl.tasks.build import build_task

HELLASWAG = {"ctx": "string", "endings": ["string"], "label": "string"}


@pytest.fixture
def hub_root(tmp_path: Path) -> Path:
    """Two small repositories that a test may spoil."""
    rows = {split: rows_of("hellaswag", "en", split) for split in ("train", "validation")}
    write_repository(tmp_path / "hub", "Rowan/hellaswag", {"default": Table(HELLASWAG, rows)})
    nli = Classes(("entailment", "neutral", "contradiction"))
    labelled = [{**row, "label": nli.index(row["label"])} for row in rows_of("xnli", "de", "test")]
    texts = {"premise": "string", "hypothesis": "string", "label": nli}
    write_repository(tmp_path / "hub", "facebook/xnli", {"de": Table(texts, {"test": labelled})})
    return tmp_path / "hub"


@pytest.fixture
def hub(hub_root: Path, monkeypatch: pytest.MonkeyPatch):
    with hub_server(hub_root) as running:
        point_at(running.endpoint, hub_root.parent / "cache", monkeypatch)
        yield running


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the hub's client try again at once, not after seconds."""
    monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", lambda seconds: None)


def examples(task: str, lang: str, split: str, *overrides: str):
    return composed_task(task, "data.source=hub", *overrides).source.examples(lang, split)


def test_only_the_files_of_a_split_are_fetched(hub: HubServer):
    assert len(examples("hellaswag", "en", "validation")) == 3
    assert {path.split("/")[-1] for path in hub.files_asked()} == {"validation-00000-of-00001.parquet"}


def test_show_prints_examples_of_the_hub(hub: HubServer, capsys):
    data.main(["show", "hellaswag", "--source", "hub", "--split", "validation", "-n", "1", "--start", "1"])
    printed = capsys.readouterr().out
    first, second, _ = examples("hellaswag", "en", "validation")
    assert f"{second.uid} [en]" in printed
    assert second.context in printed
    assert first.uid not in printed
    data.main(["show", "xnli", "--source", "hub", "--lang", "de", "-n", "2"])
    assert capsys.readouterr().out.count("xnli/test/") == 2
    assert {path.split("/")[0] for path in hub.files_asked()} == {"default", "de"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["hellaswag", "--source", "hub", "--split", "test"], "expected"),
        (["pocket_pos", "--source", "hub"], "expected pocket for task 'pocket_pos'"),
        (["hellaswag"], "expected --root FOLDER or --source hub, got neither"),
    ],
)
def test_show_says_what_it_does_not_find_there(hub: HubServer, arguments, message, capsys):
    with pytest.raises(SystemExit) as stopped:
        data.main(["show", *arguments])
    assert stopped.value.code == 1
    assert message in " ".join(capsys.readouterr().err.split())


def test_what_was_fetched_is_read_again_without_the_hub(hub: HubServer, hub_root: Path, monkeypatch):
    found = examples("hellaswag", "en", "validation")
    asked = len(hub.asked)
    point_at("", hub_root.parent / "cache", monkeypatch)
    assert examples("hellaswag", "en", "validation") == found
    with pytest.raises(DataNotFoundError, match="HF_HUB_OFFLINE is set"):
        examples("hellaswag", "en", "train")
    assert len(hub.asked) == asked


def test_classes_keep_their_names_without_the_hub(hub: HubServer, hub_root: Path, monkeypatch):
    found = examples("xnli", "de", "test")
    point_at("", hub_root.parent / "cache", monkeypatch)
    assert examples("xnli", "de", "test") == found
    assert [example.label for example in found] == ["entailment", "neutral", "contradiction"]


def test_offline_with_nothing_in_the_cache_says_how_to_fetch_it(hub_root: Path, monkeypatch):
    point_at("", hub_root.parent / "empty", monkeypatch)
    with pytest.raises(DataNotFoundError) as caught:
        examples("panx", "de", "test")
    told = str(caught.value)
    assert "google/xtreme (config PAN-X.de, split test, revision main)" in told
    assert "HF_HUB_OFFLINE is set" in told
    assert "hf download --repo-type dataset google/xtreme --revision main" in told
    assert "data=local data.root=FOLDER" in told


def test_a_hub_that_does_not_answer(hub_root: Path, monkeypatch, impatient):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{taken.getsockname()[1]}"
    point_at(endpoint, hub_root.parent / "empty", monkeypatch)
    with pytest.raises(DataNotFoundError, match=rf"{endpoint} cannot be reached.*hf download"):
        examples("panx", "de", "test")


def test_a_hub_that_went_away_leaves_what_was_fetched(hub: HubServer, hub_root: Path, monkeypatch, impatient):
    found = examples("hellaswag", "en", "validation")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        point_at(f"http://127.0.0.1:{taken.getsockname()[1]}", hub_root.parent / "cache", monkeypatch)
    assert examples("hellaswag", "en", "validation") == found


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["target.hub.revision=v9"], r"found no revision 'v9'.*target\.hub\.revision=main"),
        (
            ["target.hub.sets.hellaswag.repository=Rowan/helaswag"],
            r"Rowan/helaswag .*expected a data set on the hub, found none of that name",
        ),
        (
            ["target.hub.sets.hellaswag.config=plain_text"],
            r"expected config 'plain_text', found default",
        ),
        (
            ["target.hub.sets.hellaswag.splits.validation=valid"],
            r"expected split 'valid', found train, validation \(did you mean 'validation'\?\)",
        ),
        (
            ["target.columns.context=ctxt"],
            r"Rowan/hellaswag .*row 0: expected a column named 'ctxt'.*did you mean 'ctx'",
        ),
    ],
)
def test_what_is_not_there(hub: HubServer, overrides: list[str], message: str):
    with pytest.raises(DataNotFoundError if "column" not in overrides[0] else DataFormatError, match=message):
        examples("hellaswag", "en", "validation", *overrides)


def test_a_column_that_was_renamed_upstream_can_be_named(hub: HubServer, hub_root: Path):
    rows = [{"context": row["ctx"], **row} for row in rows_of("hellaswag", "en", "validation")]
    columns = {"context": "string", "endings": ["string"], "label": "string"}
    shutil.rmtree(folder_of(hub_root, "Rowan/hellaswag"))
    write_repository(hub_root, "Rowan/hellaswag", {"default": Table(columns, {"validation": rows})})
    with pytest.raises(DataFormatError, match="expected a column named 'ctx', got context, endings, label"):
        examples("hellaswag", "en", "validation")
    renamed = "+target.hub.sets.hellaswag.columns={ctx: context}"
    assert [one.context for one in examples("hellaswag", "en", "validation", renamed)] == [
        row["ctx"] for row in rows
    ]


def test_a_language_or_split_that_the_hub_lacks(hub: HubServer):
    with pytest.raises(
        DataNotFoundError, match=r"expected train rows in 'de', found train rows in en.*data=local"
    ):
        examples("xquad", "de", "train")
    with pytest.raises(DataNotFoundError, match=r"found test rows in no language"):
        examples("hellaswag", "en", "test")


@pytest.mark.parametrize("task", ["bucc2018", "ccg", "ud_supertag", "uner"])
def test_a_task_that_is_not_on_the_hub_says_what_to_do(task: str, hub: HubServer, hub_root: Path):
    with pytest.raises(ConfigError, match=rf"^target: expected a task of the hub.* got '{task}'.*data=local"):
        composed_task(task, "data.source=hub")
    settings = composed_cell(f"target={task}", f"data.root={hub_root}").target
    source = build_task(settings, DataConfig(source="hub")).source
    with pytest.raises(DataNotFoundError, match=rf"task '{task}': expected a repository.*data=local"):
        source.languages("test")
    assert not hub.asked


def test_a_gated_repository(hub: HubServer, hub_root: Path):
    (hub_root / "Rowan" / "hellaswag" / "gated").touch()
    with pytest.raises(DataNotFoundError, match=r"it is gated.*hf auth login"):
        examples("hellaswag", "en", "validation")


def test_a_repository_with_a_loading_script(hub: HubServer, hub_root: Path):
    (folder_of(hub_root, "Rowan/hellaswag") / "hellaswag.py").write_text("raise SystemExit")
    with pytest.raises(DataNotFoundError, match=r"loading script, which is not run.*refs/convert/parquet"):
        examples("hellaswag", "en", "validation")
    rows = rows_of("hellaswag", "en", "validation")
    table = Table(HELLASWAG, {"validation": rows}, noted="file")
    write_repository(hub_root, "Rowan/hellaswag", {"default": table}, "refs/convert/parquet")
    found = examples("hellaswag", "en", "validation", "target.hub.revision=refs/convert/parquet")
    assert [one.context for one in found] == [row["ctx"] for row in rows]
    with pytest.raises(DataNotFoundError, match=r"expected split 'train', found validation"):
        examples("hellaswag", "en", "train", "target.hub.revision=refs/convert/parquet")


def test_a_commit_is_as_good_as_a_branch(hub: HubServer):
    from huggingface_hub import HfApi

    commit = HfApi(endpoint=hub.endpoint).dataset_info("Rowan/hellaswag").sha
    found = examples("hellaswag", "en", "validation", f"target.hub.revision={commit}")
    assert found == examples("hellaswag", "en", "validation")


def test_a_download_that_breaks_off(hub: HubServer, impatient):
    hub.cut = 50
    with pytest.raises(DataFormatError, match=r"a part of one.*hf download .* --force-download"):
        examples("hellaswag", "en", "validation")


def test_a_file_that_was_uploaded_in_part(hub: HubServer, hub_root: Path):
    (path,) = folder_of(hub_root, "Rowan/hellaswag").rglob("validation-*.parquet")
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(DataFormatError, match=r"Rowan/hellaswag .*a damaged one or a part of one"):
        examples("hellaswag", "en", "validation")


def test_a_file_with_fewer_rows_than_the_card_says(hub: HubServer, hub_root: Path):
    card = folder_of(hub_root, "Rowan/hellaswag") / "README.md"
    card.write_text(card.read_text().replace("num_examples: 3", "num_examples: 10042"))
    with pytest.raises(DataFormatError, match=r"3 rows where the repository says 10,042"):
        examples("hellaswag", "en", "validation")


def test_numbers_without_names_are_read_by_the_replace_table_alone(hub: HubServer, hub_root: Path):
    rows = [{"premise": "a", "hypothesis": "b", "label": at} for at in (2, 0, 1)]
    table = Table({"premise": "string", "hypothesis": "string", "label": "int64"}, {"test": rows}, "nowhere")
    write_repository(hub_root, "facebook/xnli", {"de": table})
    assert [one.label for one in examples("xnli", "de", "test")] == ["contradiction", "entailment", "neutral"]
    names = Classes(("contradiction", "entailment", "neutral"))  # another order than that of the table
    named = table._replace(columns=table.columns | {"label": names}, noted="card")
    write_repository(hub_root, "facebook/xnli", {"de": named})
    assert [one.label for one in examples("xnli", "de", "test")] == ["neutral", "contradiction", "entailment"]


def test_a_language_never_trains_on_rows_of_another(hub: HubServer, hub_root: Path):
    write_hub(hub_root)
    found = examples("tydiqa", "en", "train")
    assert len(found) * len(SAMPLES["tydiqa"].splits) == 12
    assert all(one.context.startswith("en ") for one in found)
    with pytest.raises(DataFormatError, match=r"expected a column named 'di', got id, title"):
        examples("tydiqa", "en", "train", "~target.rows.id", "+target.rows.di='{name}-*'")
    with pytest.raises(DataFormatError, match=r"expected rows with id like 'korean-\*', got none among 12"):
        examples("tydiqa", "ko", "train")


def test_a_name_with_gated_in_it_is_not_gated(hub: HubServer):
    with pytest.raises(DataNotFoundError, match=r"expected a data set on the hub, found none of that name"):
        examples("hellaswag", "en", "validation", "target.hub.sets.hellaswag.repository=me/aggregated-pos")
