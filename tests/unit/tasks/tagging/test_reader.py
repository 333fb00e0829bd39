import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.helpers.factories import conllu
from xtl.counts import SkipCounts
from xtl.data.local import LocalSource
from xtl.data.rows import read_file
from xtl.data.source import LocalFiles, PocketRows
from xtl.errors import DataFormatError, DataNotFoundError
from xtl.tasks.tagging.reader import TaggingReader, count_entities

NER = ("B-LOC", "B-PER", "I-LOC", "I-PER", "O")


@pytest.fixture
def file(tmp_path):
    def write(name, text):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def reader(**changed):
    return TaggingReader(**{"task": "panx", "labels": NER, **changed})


def test_examples_carry_uid_language_words_and_tags(file):
    examples = read_file(
        reader(), file("test.iob2", "Anna\tB-PER\nlebt\tO\n\n\nhier\tO\n"), lang="de", split="test"
    )
    assert [(e.uid, e.lang, e.words, e.tags) for e in examples] == [
        ("panx/test/0", "de", ("Anna", "lebt"), ("B-PER", "O")),
        ("panx/test/1", "de", ("hier",), ("O",)),
    ]


@pytest.mark.parametrize("ending", [".iob2", ".conll", ".tsv"])
def test_column_formats(file, ending):
    examples = read_file(reader(), file(f"train{ending}", "de:Anna\tB-PER\n"), lang="de", split="train")
    assert examples[0].words == ("de:Anna",)
    assert examples[0].uid == "panx/train/0"


def test_word_prefix_is_passed_on(file):
    examples = read_file(
        reader(word_prefix=True), file("train.tsv", "de:Anna\tB-PER\n"), lang="de", split="train"
    )
    assert examples[0].words == ("Anna",)


def test_conllu_with_and_without_fused_forms(file):
    path = file("test.conllu", conllu("1-2 del _ _", "1 de ADP 3", "2 el DET 3", "3 mar NOUN 0"))
    upos = {"task": "udpos", "labels": ("ADP", "DET", "NOUN")}
    assert read_file(reader(**upos), path, lang="es", split="test")[0].words == ("de", "el", "mar")
    assert read_file(reader(**upos, fused_forms=True), path, lang="es", split="test")[0].words == (
        "del",
        "mar",
    )


def test_the_language_reaches_the_precedence_of_fused_forms(file):
    path = file("test.conllu", conllu("1-2 xy _ _", "1 x ADV 3", "2 y PRON 3", "3 go VERB 0"))
    read = reader(task="udpos", labels=("ADV", "PRON", "VERB"), fused_forms=True)
    assert read_file(read, path, lang="it", split="test")[0].tags == ("ADV", "VERB")
    assert read_file(read, path, lang="es", split="test")[0].tags == ("PRON", "VERB")


def test_numbers_are_read_by_the_replace_table_never_by_their_place(tmp_path):
    path = tmp_path / "test.parquet"
    pq.write_table(pa.table({"tokens": [["Anna", "Bell"]], "ner_tags": [[1, 2]]}), path)
    numbers = {"1": "B-PER", "2": "I-PER"}
    assert read_file(reader(replace=numbers), path, lang="de", split="test")[0].tags == ("B-PER", "I-PER")
    with pytest.raises(DataFormatError, match=r"expected only the tags .* got '1' 1 time\(s\)"):
        read_file(reader(), path, lang="de", split="test")


def test_every_format_it_claims_is_read(tmp_path, file):
    texts = {
        ".conllu": conllu("1 hier O 0"),
        ".jsonl": '{"tokens": ["hier"], "tags": ["O"]}',
        ".auto": "ID=wsj_0001.1\n(<T S 0 1> (<L O RB RB hier O>) )\n",
    }
    for ending in reader().formats:
        path = tmp_path / f"test{ending}"
        if ending == ".parquet":
            pq.write_table(pa.table({"tokens": [["hier"]], "tags": [["O"]]}), path)
        else:
            path.write_text(texts.get(ending, "hier\tO\n"))
        assert read_file(reader(), path, lang="de", split="test")[0].words == ("hier",)


def test_a_row_without_words_keeps_its_number_and_is_counted(tmp_path):
    path = tmp_path / "train.jsonl"
    path.write_text("".join(f'{{"tokens": [{words}], "tags": [{tags}]}}\n' for words, tags in
                            (('"a"', '"O"'), ("", ""), ('"c"', '"O"'))))  # fmt: skip
    counts = SkipCounts()
    examples = read_file(reader(skip_counts=counts), path, lang="de", split="train")
    assert [example.uid for example in examples] == ["panx/train/0", "panx/train/2"]
    assert counts.uids == {"left out: no words": ["de:panx/train/1"]}


def test_replaced_tags(file):
    path = file("test.tsv", "x\tB-OTH\ny\tI-OTH\nAnna\tB-PER\n")
    examples = read_file(reader(replace={"B-OTH": "O", "I-OTH": "O"}), path, lang="de", split="test")
    assert examples[0].tags == ("O", "O", "B-PER")


def test_all_unknown_tags_are_listed_with_count_and_nearest(file):
    path = file("test.tsv", "a\tB-PERS\nb\tO\n\nc\tB-PERS\nd\tzzz\n")
    with pytest.raises(DataFormatError) as caught:
        read_file(reader(), path, lang="de", split="test")
    message = str(caught.value)
    assert f"{path}: expected only the tags of task 'panx' (B-LOC B-PER I-LOC I-PER O)" in message
    assert "'B-PERS' 2 time(s) (did you mean 'B-PER'?); 'zzz' 1 time(s); correct" in message


def test_a_tag_that_is_replaced_by_an_unknown_one_is_unknown(file):
    with pytest.raises(DataFormatError, match=r"got 'Y' 1 time\(s\)"):
        read_file(reader(replace={"X": "Y"}), file("test.tsv", "a\tX\n"), lang="de", split="test")


def test_a_file_without_sentences(file):
    with pytest.raises(DataFormatError, match=r"test\.conllu: expected at least one sentence, got none"):
        read_file(reader(), file("test.conllu", "# nothing\n"), lang="de", split="test")


def test_a_missing_file(tmp_path):
    with pytest.raises(DataNotFoundError, match=r"test\.tsv: expected a data file"):
        read_file(reader(), tmp_path / "test.tsv", lang="de", split="test")


def test_local_files_are_found_and_read_by_task_language_and_split(tmp_path):
    for lang, word in (("de", "hier"), ("en", "here")):
        path = tmp_path / "panx" / lang / "test.tsv"
        path.parent.mkdir(parents=True)
        path.write_text(f"{word}\tO\n")
    source = LocalFiles(files=LocalSource(tmp_path), reader=reader())
    assert source.languages("test") == ["de", "en"]
    assert source.languages("train") == []
    (example,) = source.examples("en", "test")
    assert (example.uid, example.lang, example.words) == ("panx/test/0", "en", ("here",))
    with pytest.raises(DataNotFoundError, match="has no split 'train' in language 'en'"):
        source.examples("en", "train")


@pytest.mark.parametrize("task", ["pocket_pos", "pocket_ner"])
def test_made_sentences_have_the_size_of_their_split(task):
    source = PocketRows(task=task, sizes={"train": 5, "validation": 3, "test": 2}, seed=0)
    assert "en" in source.languages("test")
    for split, size in source.sizes.items():
        examples = source.examples("en", split)
        assert [example.uid for example in examples] == [f"{task}/{split}/{row}" for row in range(size)]
        assert {example.lang for example in examples} == {"en"}
    other = PocketRows(task=task, sizes=source.sizes, seed=1)
    assert other.examples("en", "train") != source.examples("en", "train")


@pytest.mark.parametrize(
    ("tags", "total", "other"),
    [
        ("B-PER I-PER O B-LOC B-LOC", 3, 0),
        ("I-PER I-PER O I-LOC B-LOC", 3, 2),  # IOB1: B- only where two entities of a type touch
        ("B-PER E-PER O S-LOC I-LOC", 3, 3),  # IOBES
        ("B-PER I-PER L-PER U-LOC B-LOC", 3, 2),  # BILOU
        ("B-PER I-LOC", 2, 1),
        ("NOUN VERB SYM X", 0, 0),
        ("O O", 0, 0),
    ],
)
def test_entities_that_are_not_in_iob2_are_counted(tags, total, other):
    assert count_entities(tags.split()) == (total, other)


def test_a_file_in_iob1_is_told_with_the_share_of_its_entities(file):
    path = file("test.tsv", "a\tI-PER\nb\tO\n\nc\tB-LOC\nd\tI-LOC\n")
    skip_counts = SkipCounts()
    examples = read_file(reader(skip_counts=skip_counts), path, lang="de", split="test")
    assert [example.tags for example in examples] == [("I-PER", "O"), ("B-LOC", "I-LOC")]
    ((reason, uids),) = skip_counts.uids.items()
    assert reason.startswith("tags that are not IOB2")
    assert reason.endswith("1 of 2 entities (50.0%)")
    assert uids == ["de:panx/test/0"]


def test_tags_of_another_scheme_that_the_task_lacks_are_named(file):
    with pytest.raises(DataFormatError, match="must be converted to IOB2"):
        read_file(reader(), file("test.tsv", "a\tS-PER\n"), lang="de", split="test")


@pytest.mark.parametrize("name", ["test.txt", "test.conll", "test.iob2"])
def test_columns_may_be_parted_by_spaces_in_a_file_of_any_ending(file, name):
    (example,) = read_file(reader(), file(name, "Ada B-PER\nlo O\n"), lang="de", split="test")
    assert (example.words, example.tags) == (("Ada", "lo"), ("B-PER", "O"))


@pytest.mark.parametrize(
    "changed", [{}, {"fused_forms": True}, {"supertags": True}, {"scores_entities": False}]
)
def test_sentences_whose_words_are_withheld_are_counted_whatever_is_read_and_scored(file, changed):
    path = file("test.conllu", conllu("1 _ NOUN 0") + conllu("1 Haus NOUN 0"))
    counts = SkipCounts()
    read = reader(task="udpos", labels=(), skip_counts=counts, **changed)
    (example,) = read_file(read, path, lang="de", split="test")
    assert (example.uid, example.words) == ("udpos/test/0", ("Haus",))
    assert counts.uids == {"left out: words withheld": ["de:test.conllu:1"]}
