from pathlib import Path

import pytest
import yaml

import xtl
from xtl.errors import ConfigError
from xtl.languages import LANGUAGES, XTREME, XTREME_R, filled, language, select

CONF = Path(xtl.__file__).parents[1] / "conf"
MADE_OF_TASKS = CONF / "task" / "mixture.yaml"
TASKS = sorted(set((CONF / "task").glob("*.yaml")) - {CONF / "task" / "none.yaml", MADE_OF_TASKS})


@pytest.mark.parametrize("path", TASKS, ids=lambda path: path.stem)
def test_every_language_of_every_task_is_known(path):
    codes = yaml.safe_load(path.read_text(encoding="utf-8"))["languages"].split()
    assert codes
    assert len(codes) == len(set(codes))
    assert all(code in (language(code).code, language(code).iso639_3) for code in codes)
    assert len({language(code).name for code in codes}) == len(codes)


def test_there_are_tasks():
    assert TASKS


@pytest.mark.parametrize(
    ("code", "name"), [("de", "German"), ("deu", "German"), ("cmn", "Chinese"), ("ceb", "Cebuano")]
)
def test_both_codes(code, name):
    assert language(code).name == name


def test_codes_and_names_are_unique_and_both_codes_lead_to_the_same_row():
    rows = list(LANGUAGES.values())
    assert len({row.iso639_3 for row in rows}) == len({row.name for row in rows}) == len(rows)
    for row in rows:
        assert language(row.code) is language(row.iso639_3) is row
        assert len(row.iso639_3) == 3
        assert len(row.script) == 4


def test_the_languages_written_without_spaces():
    assert {row.code for row in LANGUAGES.values() if not row.spaced} == {"ja", "my", "th", "zh"}


@pytest.mark.parametrize(("code", "hint"), [("german", "'de'?"), ("DE", "did you mean 'de'?")])
def test_an_unknown_code_names_the_nearest(code, hint):
    with pytest.raises(ConfigError) as caught:
        language(code)
    assert f"language {code!r}: expected a code such as de or deu" in str(caught.value)
    assert hint in str(caught.value)


def test_a_code_like_no_other():
    with pytest.raises(ConfigError) as caught:
        language("???")
    assert "did you mean" not in str(caught.value)


def test_the_benchmarks_languages_are_all_there():
    # Hu et al. 2020: 40 languages; Ruder et al. 2021: 50.
    assert len(set(XTREME)) == 40
    assert len(set(XTREME_R)) == 50
    assert set(XTREME) < set(XTREME_R) < set(LANGUAGES)
    assert language("ht").treebank == "UD_Haitian_Creole"


@pytest.mark.parametrize(
    ("words", "chosen"),
    [
        (["all"], ["deu", "hin", "pol"]),
        (["xtreme"], ["deu", "hin"]),
        (["xtreme_r"], ["deu", "hin", "pol"]),
        (["family:Indo-European"], ["deu", "hin", "pol"]),
        (["family:Indo-Aryan", "deu"], ["hin", "deu"]),
        (["script:Latn", "deu"], ["deu", "pol"]),
        (["unknown"], ["unknown"]),
    ],
)
def test_words_choose_among_a_task_s_own_codes(words, chosen):
    assert select(words, ["deu", "hin", "pol"], where="langs") == chosen


@pytest.mark.parametrize(
    ("code", "iso639_3", "name", "script", "spaced"),
    [
        ("no", "nor", "Norwegian", "Latn", True),
        ("nob", "nob", "Norwegian Bokmål", "Latn", True),
        ("yue", "yue", "Cantonese", "Hant", False),
        ("hau", "hau", "Hausa", "Latn", True),
        ("lo", "lao", "Lao", "Laoo", False),
        ("khm", "khm", "Khmer", "Khmr", False),
        ("bo", "bod", "Tibetan", "Tibt", False),
        ("am", "amh", "Amharic", "Ethi", True),
        ("zh-Hant", "cmn", "Chinese (Traditional)", "Hant", False),
        ("sr-Latn", "srp", "Serbian (Latin)", "Latn", True),
    ],
)
def test_a_language_of_no_row_is_looked_up(code, iso639_3, name, script, spaced):
    row = language(code)
    assert (row.iso639_3, row.name, row.script, row.spaced) == (iso639_3, name, script, spaced)


def test_another_code_of_a_row_leads_to_it():
    assert language("fas") is language("fa")
    assert language("zho") is language("zh")
    assert language("pt-BR").family == language("pt").family


@pytest.mark.parametrize("code", ["xx", "zzz", "zh-", "de_", "english!", "", "no language"])
def test_an_impossible_code(code):
    with pytest.raises(ConfigError, match="expected a code"):
        language(code)


def test_a_task_may_have_languages_of_no_row():
    assert select(["xtreme"], ["yue", "de", "hau"], where="langs") == ["de"]
    assert select(["script:Latn"], ["yue", "de", "hau"], where="langs") == ["de", "hau"]
    assert select(["all"], ["yue", "hau"], where="langs") == ["yue", "hau"]
    assert filled("{lang2} {lang3} {name}", "no") == "no nor Norwegian"
