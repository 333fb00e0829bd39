from functools import partial

import pytest

from tests.helpers.factories import conllu
from xtl.errors import DataFormatError, DataNotFoundError
from xtl.readers import read_conllu, read_supertags

DEL = conllu("1-2 del _ _", "1 de ADP 3", "2 el DET 3", "3 libro NOUN 0")
"""Both words of the range hang on word 3, so precedence decides."""


def row(number: str, form: str, upos: str, head: str, deps: str = "_") -> str:
    return f"{number}\t{form}\t_\t{upos}\t_\t_\t{head}\tdep\t{deps}\t_\n"


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "test.conllu"
        path.write_bytes(text.encode())
        return path

    return write


def test_integer_ids_are_the_words(file):
    sentence = conllu("1-2 am _ _", "1 an ADP 3", "2 dem DET 3", "2.1 leer NOUN _", "3 Haus NOUN 0")
    path = file("# sent_id = 1\n# text = am Haus\n" + sentence)
    assert list(read_conllu(path)) == [(("an", "dem", "Haus"), ("ADP", "DET", "NOUN"))]


def test_sentences_come_in_file_order_and_the_last_needs_no_blank_line(file):
    path = file((conllu("1 a X") + conllu("1 b SYM", "2 c X")).rstrip("\n"))
    assert [words for words, _ in read_conllu(path)] == [("a",), ("b", "c")]


def test_a_missing_tag_is_x(file):
    assert list(read_conllu(file(conllu("1 a _", "2 b VERB")))) == [(("a", "b"), ("X", "VERB"))]


def test_words_may_hold_spaces_and_an_underscore_is_a_word(file):
    path = file(row("1", "10 000", "NUM", "0") + row("2", "_", "X", "1") + row("3", "!", "PUNCT", "1"))
    assert list(read_conllu(path)) == [(("10 000", "_", "!"), ("NUM", "X", "PUNCT"))]


def test_crlf_reads_as_lf(file):
    text = "# c\n" + conllu("1 a X", "2 b VERB") + conllu("1 c NOUN")
    assert list(read_conllu(file(text.replace("\n", "\r\n")))) == list(read_conllu(file(text)))


@pytest.mark.parametrize(
    ("lang", "tag"),
    [
        # es: VERB AUX PRON ADP DET; fr ends ... ADP DET; it: ... ADP DET: the preposition wins everywhere.
        ("es", "ADP"),
        ("fr", "ADP"),
        ("it", "ADP"),
        ("de", "ADP"),
        ("", "ADP"),
    ],
)
def test_a_fused_form_takes_the_first_tag_in_precedence(file, lang, tag):
    assert list(read_conllu(file(DEL), lang=lang, fused_forms=True)) == [(("del", "libro"), (tag, "NOUN"))]


@pytest.mark.parametrize(
    ("lang", "tag"),
    [
        ("es", "PRON"),  # PRON before ADP; NOUN and ADV are not in the list, so behind all
        ("fr", "PRON"),  # PRON NOUN ADJ ADV
        ("it", "ADV"),  # ADV stands before PRON in Italian only
        ("de", "NOUN"),  # default: VERB NOUN PROPN PRON
    ],
)
def test_precedence_depends_on_the_language(file, lang, tag):
    text = conllu("1-4 xyz _ _", "1 w ADP 5", "2 x ADV 5", "3 y PRON 5", "4 z NOUN 5", "5 go VERB 0")
    assert list(read_conllu(file(text), lang=lang, fused_forms=True)) == [(("xyz", "go"), (tag, "VERB"))]


def test_the_word_nearest_to_the_root_comes_before_precedence(file):
    # vamos is one arc from the root's word, nos two: PART it is, though VERB stands first in the list.
    text = conllu("1-2 vamonos _ _", "1 vamos PART 3", "2 nos VERB 1", "3 ir VERB 0")
    assert list(read_conllu(file(text), lang="es", fused_forms=True)) == [
        (("vamonos", "ir"), ("PART", "VERB"))
    ]


@pytest.mark.parametrize("tags", [("NOUN", "NOUN"), ("SYM", "SYM")])
def test_of_equals_the_first_word_wins(file, tags):
    # es has neither NOUN nor SYM in its list.
    first, second = tags
    text = conllu("1-2 ab _ _", f"1 a {first} 0", f"2 b {second} 0")
    assert list(read_conllu(file(text), lang="es", fused_forms=True)) == [(("ab",), (first,))]


def test_of_two_tags_outside_the_list_the_first_word_wins(file):
    text = conllu("1-2 ab _ _", "1 a NOUN 0", "2 b SYM 0")
    assert list(read_conllu(file(text), lang="es", fused_forms=True)) == [(("ab",), ("NOUN",))]


def test_words_around_a_range_stay_and_empty_nodes_do_not(file):
    text = conllu("1 voy VERB 0", "2-3 al _ _", "2 a ADP 4", "3 el DET 4", "3.1 _ X _", "4 mar NOUN 1")
    assert list(read_conllu(file(text), lang="es", fused_forms=True)) == [
        (("voy", "al", "mar"), ("VERB", "ADP", "NOUN"))
    ]


def test_a_circle_of_heads_ends(file):
    text = conllu("1-2 ab _ _", "1 a NOUN 2", "2 b VERB 1", "3 c ADV 1")
    assert list(read_conllu(file(text), fused_forms=True)) == [(("ab", "c"), ("VERB", "ADV"))]


def test_a_fused_form_without_tag_is_x(file):
    text = conllu("1-2 ab _ _", "1 a _ 0", "2 b _ 0")
    assert list(read_conllu(file(text), fused_forms=True)) == [(("ab",), ("X",))]


def test_wrong_number_of_columns(file):
    path = file("# c\n" + conllu("1 a X") + "1\tb\t_\tX\n")
    with pytest.raises(
        DataFormatError, match=r"test\.conllu:4: expected 10 columns .* got 4: '1<tab>b<tab>_<tab>X'"
    ):
        list(read_conllu(path))


def test_a_long_bad_line_is_shortened(file):
    with pytest.raises(DataFormatError) as caught:
        list(read_conllu(file("x" * 5000)))
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("bad", ["x", "1-", "-1", "1.", "", "1a", "1--2", "_"])
def test_a_bad_id(file, bad):
    path = file(conllu("1 a X") + f"{bad}\tb" + "\t_" * 8 + "\n")
    with pytest.raises(DataFormatError, match=rf"test\.conllu:3: expected an id such as 3, .* got '{bad}'"):
        list(read_conllu(path))


def test_an_empty_form(file):
    with pytest.raises(
        DataFormatError, match=r"test\.conllu:1: expected a word in column 2 \(FORM\), got nothing"
    ):
        list(read_conllu(file("1\t" + "\t_" * 8 + "\n")))


@pytest.mark.parametrize("bad", ["_", "-1", "x"])
def test_a_bad_head_matters_only_for_fused_forms(file, bad):
    path = file(conllu("1 a X 0", f"2 b X {bad}"))
    assert list(read_conllu(path)) == [(("a", "b"), ("X", "X"))]
    with pytest.raises(
        DataFormatError, match=rf"test\.conllu:2: expected a number in column 7 .* got '{bad}'"
    ):
        list(read_conllu(path, fused_forms=True))


def test_nothing_but_comments_gives_no_sentence(file):
    assert list(read_conllu(file("# a\n\n# b\n"))) == []


def test_a_sentence_of_empty_nodes_alone_is_left_out(file):
    assert list(read_conllu(file(conllu("0.1 a X _") + conllu("1 b X")))) == [(("b",), ("X",))]


def test_a_missing_file(tmp_path):
    with pytest.raises(DataNotFoundError, match=r"gone\.conllu"):
        list(read_conllu(tmp_path / "gone.conllu"))


@pytest.mark.parametrize("id_", ["1-2-3", "1.1-2", "-1", "1-", "x", ""])
@pytest.mark.parametrize("fused_forms", [False, True])
def test_an_id_that_is_none_is_refused(tmp_path, id_, fused_forms):
    path = tmp_path / "a.conllu"
    path.write_text(f"{id_}\tdog\t_\tNOUN\t_\t_\t0\t_\t_\t_\n")
    with pytest.raises(DataFormatError, match=r"a\.conllu:1: expected an id such as 3, 3-4 or 3\.1"):
        list(read_conllu(path, fused_forms=fused_forms))


def test_a_comment_may_hold_a_tab(tmp_path):
    path = tmp_path / "a.conllu"
    path.write_text("# text = a\tb\n1\tdog\t_\tNOUN\t_\t_\t0\t_\t_\t_\n")
    assert list(read_conllu(path)) == [(("dog",), ("NOUN",))]


@pytest.mark.parametrize("fused_forms", [False, True])
@pytest.mark.parametrize("between", ["", "# sent_id = b\n"])
def test_sentences_without_a_blank_line_between_them_are_refused(file, between, fused_forms):
    first, second = conllu("1 Mia PROPN 2", "2 singt VERB 0"), conllu("1 Regen NOUN 2", "2 fällt VERB 0")
    path = file("# sent_id = a\n" + first.rstrip("\n") + "\n" + between + second)
    line = 4 + bool(between)
    with pytest.raises(
        DataFormatError, match=rf"conllu:{line}: expected an id above 2 .*, got 1; put a blank"
    ):
        list(read_conllu(path, fused_forms=fused_forms))


def test_an_id_that_stands_twice_is_refused(file):
    with pytest.raises(DataFormatError, match=r"conllu:2: expected an id above 1 in column 1, got 1"):
        list(read_conllu(file(conllu("1 a X 0", "1 b X 1"))))


WAYS = [read_conllu, partial(read_conllu, fused_forms=True), read_supertags]
"""Ways of reading sentences."""


@pytest.mark.parametrize("read", WAYS)
def test_a_treebank_whose_words_are_withheld_is_refused(file, read):
    path = file("1\t_\t_\tNOUN\t_\t_\t0\troot\t_\t_\n\n1\t_\t_\tVERB\t_\t_\t0\troot\t_\t_\n")
    with pytest.raises(
        DataFormatError, match=r"got '_' for all 2 of them: this treebank withholds its text.*script"
    ):
        list(read(path))


@pytest.mark.parametrize("read", WAYS)
def test_a_file_of_one_sentence_with_an_underscore_is_no_withheld_treebank(file, read):
    assert list(read(file(row("1", "a", "X", "0") + row("2", "_", "SYM", "1")))) == []


@pytest.mark.parametrize("read", WAYS)
def test_sentences_of_a_withheld_treebank_beside_an_open_one_are_left_out_and_told(file, read):
    opened = row("1", "Haus", "NOUN", "0")
    hidden = row("1", "_", "NOUN", "2") + row("2", "_", "VERB", "0") + row("3", "_", "PUNCT", "2")
    lines = []
    path = file("\n".join([hidden, opened, "# of another treebank\n" + hidden, hidden]))
    assert [forms for forms, _ in read(path, withheld=lines.append)] == [("Haus",)]
    assert [forms for forms, _ in read(path)] == [("Haus",)]
    assert lines == [1, 8, 12]


def test_spaces_and_non_joiners_inside_words_go_where_xtreme_removes_them(file):
    text = (
        row("1", "10 000", "NUM", "2")
        + row("2", "mi\u200cravad", "VERB", "0")
        + row("3", "\u00a0x ", "X", "2")
        + "\n"
    )
    path = file(text)
    assert list(read_conllu(path, fused_forms=True)) == [(("10000", "miravad", "x"), ("NUM", "VERB", "X"))]
    assert list(read_conllu(path)) == [(("10 000", "mi\u200cravad", "\u00a0x "), ("NUM", "VERB", "X"))]


@pytest.mark.parametrize(
    ("forms", "stays"),
    [("_", False), ("a", True), ("_ a", False), ("_ _ a", False), ("_ a b", True), ("a b", True)],
)
@pytest.mark.parametrize("read", WAYS)
def test_a_sentence_that_is_hardly_there_is_left_out(file, read, forms, stays):
    words = forms.split()
    text = "".join(row(str(n), form, "X", str(n - 1)) for n, form in enumerate(words, start=1))
    path = file(text + "\n" + row("1", "end", "X", "0") + "\n")
    assert [tuple(words)] * stays + [("end",)] == [forms for forms, _ in read(path)]


@pytest.mark.parametrize(
    ("deps", "tag"),
    [
        ("_", "DET"),  # word 2 is nearer to the root
        ("3:obl|4:conj", "ADP"),  # an enhanced edge puts 3 and 4 above word 2 as well
        ("3.1:obl|0:root", "DET"),  # an empty node is no word
    ],
)
def test_enhanced_dependencies_count_for_the_tag_of_a_fused_form(file, deps, tag):
    text = (
        row("1-2", "zum", "_", "_") + row("1", "zu", "ADP", "3") + row("2", "dem", "DET", "4", deps)
        + row("3", "Haus", "NOUN", "4") + row("4", "geht", "VERB", "0") + "\n"
    )  # fmt: skip
    assert next(iter(read_conllu(file(text), fused_forms=True))) == (
        ("zum", "Haus", "geht"),
        (tag, "NOUN", "VERB"),
    )
