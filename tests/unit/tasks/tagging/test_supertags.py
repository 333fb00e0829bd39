"""Tags that no task file lists: CCG categories of one's own files, and supertags made from trees."""

from pathlib import Path

import pytest

from tests.helpers.derivations import VERB, write_auto
from tests.helpers.tasks import composed_task
from xtl.errors import ConfigError, DataFormatError, DataNotFoundError
from xtl.tasks.tagging.reader import labels_of
from xtl.types import TaggingExample


def test_ccgbank_s_own_files_and_columns_hold_the_same(tmp_path: Path):
    write_auto(tmp_path / "auto", train=[("dog", VERB), ("-LRB-", VERB)])
    folder = tmp_path / "columns" / "ccg" / "en"
    folder.mkdir(parents=True)
    rows = (f"The\tNP/N\n{noun}\tN\nsleeps\t{VERB}\n" for noun in ("dog", "("))
    (folder / "train.tsv").write_text("\n".join(rows))
    found, columns = (
        composed_task("ccg", "data=local", f"data.root={tmp_path / kind}").source.examples("en", "train")
        for kind in ("auto", "columns")
    )
    assert found == columns
    assert found[1].words == ("The", "(", "sleeps")
    assert found[1].tags == ("NP/N", "N", VERB)


def test_a_line_that_is_no_derivation(tmp_path: Path):
    root = write_auto(tmp_path, train=[("dog", VERB)])
    path = root / "ccg" / "en" / "train.auto"
    path.write_text(path.read_text() + "The/DT dog/NN\n")
    with pytest.raises(DataFormatError, match=r"train\.auto:3: expected a derivation .*got 'The/DT dog/NN'"):
        composed_task("ccg", f"data.root={root}").source.examples("en", "train")


def test_without_a_training_set_there_are_no_labels(tmp_path: Path):
    root = write_auto(tmp_path, test=[("dog", VERB)])
    with pytest.raises(DataNotFoundError, match="split 'train'"):
        _ = composed_task("ccg", f"data.root={root}").labels


def test_the_most_frequent_labels_sorted():
    examples = [TaggingExample(uid="x", lang="en", words=("a",) * 6, tags=tuple("bbacca"))]
    assert labels_of(examples) == ("a", "b", "c")
    assert labels_of(examples, most=2) == ("a", "b")  # of equally frequent ones the first


TREE = """1\tDogs\t_\tNOUN\t_\t_\t3\tnsubj:pass\t_\t_
2-3\tarent\t_\t_\t_\t_\t_\t_\t_\t_
2\tare\t_\tAUX\t_\t_\t3\taux\t_\t_
3\tseen\t_\tVERB\t_\t_\t0\troot\t_\t_
4\there\t_\tADV\t_\t_\t3\tadvmod\t_\t_
"""


def write_tree(root: Path, text: str = TREE) -> Path:
    folder = root / "udpos" / "de"
    folder.mkdir(parents=True)
    (folder / "train.conllu").write_text(text + "\n")
    return root


def test_supertags_are_made_from_the_trees_of_udpos(tmp_path: Path):
    (example,) = composed_task("ud_supertag", f"data.root={write_tree(tmp_path)}").source.examples(
        "de", "train"
    )
    assert example.uid == "ud_supertag/train/0"
    assert example.words == ("Dogs", "are", "seen", "here")
    assert example.tags == ("nsubj/R/VERB", "aux/R/VERB", "root", "advmod/L/VERB")


@pytest.mark.parametrize(
    ("old", "new", "got"),
    [
        ("\t3\taux", "\t9\taux", "got '9' and 'aux'"),
        ("\t3\taux", "\t3\t_", "got '3' and '_'"),
        ("\t3\taux", "\t_\taux", "got '_'"),
    ],
)
def test_a_tree_that_is_not_whole(tmp_path: Path, old: str, new: str, got: str):
    root = write_tree(tmp_path, TREE.replace(old, new))
    with pytest.raises(DataFormatError, match=rf"train\.conllu:3: expected the number of a word.*{got}"):
        composed_task("ud_supertag", f"data.root={root}").source.examples("de", "train")


def test_trees_have_no_fused_forms(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"target\.fused_forms: expected false"):
        composed_task("ud_supertag", f"data.root={tmp_path}", "target.fused_forms=true")
