"""Words that YAML 1.1 reads as booleans, in files and on the command line."""

import pytest
import yaml

from tests.helpers.compose import compose_train
from xtl import config
from xtl.config.compose import compose, separate_hydra
from xtl.config.yaml_text import load_yaml, with_plain_words
from xtl.errors import ConfigError

TASK = """
defaults: [/task_type/classification@_here_, _self_]
name: weather
languages: {languages}
lang: {lang}
labels: {labels}
columns: {{first: text, label: sky}}
metrics: [accuracy]
quoted: yes
replace: {replace}
"""


@pytest.fixture
def composed(tmp_path):
    def compose(languages="de no", lang="no", labels="[no, yes]", *overrides, replace="{off: no, on: yes}"):
        (tmp_path / "conf/task").mkdir(parents=True)
        text = TASK.format(languages=languages, lang=lang, labels=labels, replace=replace)
        (tmp_path / "conf/task/weather.yaml").write_text(text)
        path = f"hydra.searchpath=[file://{tmp_path / 'conf'}]"
        return config.finalize(compose_train(path, "target=weather", f"data.root={tmp_path}", *overrides))

    return compose


LANG = ("no", "[no]", '"no"')
LABELS = ("no yes", "[no, yes]", '["no", yes]')


@pytest.mark.parametrize(  # each value of one beside each value of each other
    ("languages", "lang", "labels"),
    [
        (("de no", "no")[(row + column) % 2], lang, labels)
        for row, lang in enumerate(LANG)
        for column, labels in enumerate(LABELS)
    ],
)
def test_norwegian_and_labels_in_a_task_file_are_words(composed, tmp_path, languages, lang, labels):
    cell = composed(languages, lang, labels)
    assert (cell.target.languages, cell.target.lang) == (languages, ["no"])
    assert cell.target.labels == "no yes"
    assert cell.target.replace == {"off": "no", "on": "yes"}
    assert cell.target.quoted is True
    (tmp_path / "config.yaml").write_text(config.dump(cell))
    assert config.load(tmp_path / "config.yaml") == cell


def test_words_that_begin_like_a_boolean_are_words(composed, tmp_path):
    cell = composed(
        "de no", "no", "true_news falsetto", "target.columns.label=true_label", replace="{a: true_news}"
    )
    assert cell.target.columns.label == "true_label"
    (tmp_path / "config.yaml").write_text(config.dump(cell))
    assert config.load(tmp_path / "config.yaml") == cell
    assert load_yaml(tmp_path / "config.yaml").target.labels == cell.target.labels == "true_news falsetto"


def test_norwegian_and_labels_on_the_command_line_are_words(composed):
    settings = ("target.lang=no", "target.langs=[no,de]", "target.labels=[yes,no]")
    cell = composed("de no", "de", "a b", *settings)
    assert (cell.target.lang, cell.target.langs, cell.target.labels) == (["no"], ["no", "de"], "yes no")


@pytest.mark.parametrize(
    ("labels", "words"),
    [("[0, 1]", "0 1"), ("[true, false]", "true false"), ("0 1", "0 1")],
)
def test_labels_may_look_like_numbers_and_booleans(composed, labels, words):
    assert composed("no", "no", labels, replace="{}").target.labels == words


@pytest.mark.parametrize("setting", ["nan", "[nan]", "nan+no", "[nan,no]"])
def test_min_nan_is_no_number(composed, setting):
    cell = composed("no nan", "no", "no yes", f"target.lang={setting}", f"target.langs={setting}")
    assert cell.target.lang == cell.target.langs == setting.strip("[]").replace("+", ",").split(",")


def test_true_and_false_and_what_is_quoted_stay(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("a: [true, False, TRUE, 'true', on, Yes, n, ~, 1]\nno: 1\n")
    assert load_yaml(path) == {"a": [True, False, True, "true", "on", "Yes", "n", None, 1], "no": 1}
    assert yaml.safe_load("no") is False, "the loader that it is based on stays as it was"
    assert yaml.load("no", Loader=with_plain_words(yaml.SafeLoader)) == "no"  # noqa: S506  a safe loader


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a: 1\nb: c: d\n", r"a\.yaml:2: expected settings as YAML, KEY: VALUE a line, got: mapping values"),
        (b"just a text\n", r"a\.yaml: expected settings, KEY: VALUE a line, got 'just a text'"),
        ("a: Gr\u00fc\u00dfe\n".encode("latin-1"), r"a\.yaml: expected settings as YAML in UTF-8"),
        (b"a: \x00\n", r"a\.yaml: expected settings as YAML in UTF-8"),
    ],
)
def test_a_file_that_is_no_yaml_is_named_with_its_line(tmp_path, content, message):
    path = tmp_path / "a.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=message):
        load_yaml(path)


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert load_yaml(path) == {"a": 1}


def test_labels_that_are_several_words_are_refused(composed):
    with pytest.raises(ConfigError, match=r"target\.labels: .* got 'very wet'; name it very_wet"):
        composed("no", "no", "['very wet', dry]", replace="{}")


def test_a_task_file_that_is_not_utf_8_is_told_by_hydra_as_by_us(tmp_path):
    (tmp_path / "task").mkdir()
    (tmp_path / "task" / "wetter.yaml").write_bytes("# Gr\u00fc\u00dfe\nname: wetter\n".encode("latin-1"))
    with (
        separate_hydra(tmp_path),
        pytest.raises(ConfigError, match=r"wetter\.yaml: expected settings"),
    ):
        compose("train", "target=wetter")
