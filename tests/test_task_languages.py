"""Words that stand for many languages, and what of a task's languages and tables makes no sense."""

import pytest

from tests.helpers.cells import composed_cell
from tests.helpers.compose import compose_evaluate
from xtl import config
from xtl.config import listed_languages
from xtl.errors import ConfigError
from xtl.languages import XTREME, XTREME_R

HUB = "data.source=hub"


@pytest.mark.parametrize(
    ("task", "given", "expected"),
    [
        ("xcopa", "xtreme", "en et id it sw ta th tr vi zh"),
        ("udpos", "family:Germanic", "af de en nl"),
        ("udpos", "script:Thai+kk", "th kk"),
        ("tatoeba", "family:Slavic", "bul rus pol ukr"),
        ("xnli", "[de,script:Deva]", "de hi"),
        ("xnli", "family:Niger-Congo", "sw"),
    ],
)  # fmt: skip
def test_words_for_many_languages(task: str, given: str, expected: str):
    assert composed_cell(f"target={task}", HUB, f"target.langs={given}").target.langs == (expected.split())


def test_xtreme_r_adds_its_languages():
    udpos, panx, tatoeba = (
        composed_cell(f"target={task}", HUB, "target.langs=xtreme_r").target.langs
        for task in ("udpos", "panx", "tatoeba")
    )
    # Ruder et al. 2021: 38, 48 and 41 languages.
    assert [len(set(langs)) for langs in (udpos, panx, tatoeba)] == [38, 48, 41]
    assert {"lt", "pl", "ro", "uk", "wo"} <= set(udpos)
    assert len(XTREME) == 40
    assert len(XTREME_R) == 50


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("target.langs=family:Germanik", r"target\.langs: expected one of .*did you mean 'Germanic'"),
        ("target.langs=script:Lat", r"did you mean 'Latn'"),
        ("target.langs=familie:Germanic", r"did you mean 'family'"),
        ("target.langs=xtrem", r"got 'xtrem'.*did you mean 'xtreme'"),
        ("target.langs=script:Geor", r"got 'script:Geor', which is none of them"),
        ("target.langs=[de,dee]", r"got 'dee' \(did you mean 'de'\?\)"),
        ("target.lang=th", r"has training rows in \(en\), got 'th'"),
        ("+target.hub.sets.xtreme.splits.tran=train", r"splits: expected one of train"),
        ("target.hub.sets.xtreme.langs=xx", r"xtreme\.langs: expected one of .*got 'xx'"),
        ("target.hub.sets.xtreme.config='{lnag}'", r"did you mean 'lang'"),
        ("target.hub.sets.xtreme.repository=???", r"no value for target\.hub\.sets\.xtreme\.repository"),
        ("+target.parts={trainn: a}", r"parts: expected one of train"),
        ("target.hub.revisionn=x", r"revisionn"),
    ],
)
def test_what_makes_no_sense_is_refused(override: str, message: str):
    with pytest.raises(ConfigError, match=message):
        composed_cell("target=xquad", HUB, "target.train_languages=en", override)


def test_evaluation_knows_the_words_too():
    evaluation = config.finalize_evaluation(compose_evaluate("run=x", "task=xnli", "langs=family:Slavic"))
    assert listed_languages(evaluation.langs, evaluation.task, "langs") == ["bg", "ru"]
