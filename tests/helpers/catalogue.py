"""Made-up rows for every task of the catalogue, as their authors' files and as the hub's repositories.

Both are written from the same rows, so that reading either must give the same examples: here are the rows,
``catalogue_hub`` and ``catalogue_files`` write them.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from tests.helpers.hub_files import Classes
from xtl.languages import language

SIZES = {"train": 6, "validation": 3, "test": 3}
UPOS = Classes(
    "ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X".split()  # noqa: SIM905
)
ENTITIES = Classes(["O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"])
NLI = Classes(("entailment", "neutral", "contradiction"))
TOPICS = ("entertainment", "geography", "health", "politics", "science/technology", "sports", "travel")

Rows = list[dict[str, Any]]


class Sample(NamedTuple):
    """Where a task has rows in this collection: language to its splits."""

    splits: Mapping[str, tuple[str, ...]]


ALL, SCORED = ("train", "validation", "test"), ("validation", "test")
SAMPLES: dict[str, Sample] = {
    "xnli": Sample({"en": ALL, "de": ALL, "zh": ALL}),
    "pawsx": Sample({"en": ALL, "de": ALL}),
    "stsb": Sample({"en": ALL, "zh": ALL}),
    "sib200": Sample({"en": ALL, "yo": ALL}),
    "udpos": Sample({"en": ALL, "de": ALL, "yo": ("test",)}),
    "panx": Sample({"en": ALL, "sw": ALL}),
    "xquad": Sample({"en": ("train", "validation"), "zh": ("validation",)}),
    "mlqa": Sample({"en": ALL, "hi": SCORED}),
    "tydiqa": Sample({"en": ("train", "validation"), "fi": ("train", "validation")}),
    "bucc2018_pairs": Sample({"de": SCORED, "zh": SCORED}),
    "tatoeba": Sample({"deu": ("validation",), "cmn": ("validation",)}),
    "xcopa": Sample({"en": ("train", "validation"), "sw": SCORED}),
    "anli": Sample({"en": ALL}),
    "mnli": Sample({"en": ALL}),
    "qqp": Sample({"en": ("train", "validation")}),
    "squad1": Sample({"en": ("train", "validation")}),
    "squad2": Sample({"en": ("train", "validation")}),
    "hellaswag": Sample({"en": ("train", "validation")}),
    "m_hellaswag": Sample({"en": ("train", "validation"), "de": ("validation",)}),
    "cosmosqa": Sample({"en": ("train", "validation")}),
    "csqa": Sample({"en": ("train", "validation")}),
}


def text(lang: str, kind: str, split: str, row: int) -> str:
    """One text, different from all others."""
    return f'{lang} {kind} {split} number {row}: «a» "b" c'


def rows_of(task: str, lang: str, split: str) -> Rows:
    """Give the rows of a language and split, with the hub's columns; classes by name."""
    numbers = range(SIZES[split])
    if task in ("xnli", "mnli", "anli"):
        return [
            {
                "premise": text(lang, "premise", split, number),
                "hypothesis": text(lang, "hypothesis", split, number),
                "label": NLI[number % 3],
            }
            for number in numbers
        ]
    if task in ("pawsx", "stsb", "qqp"):
        return [_pair(task, lang, split, number) for number in numbers]
    if task == "sib200":
        return [
            {
                "index_id": number,
                "category": TOPICS[number % len(TOPICS)],
                "text": text(lang, "text", split, number),
            }
            for number in numbers
        ]
    if task in ("udpos", "panx"):
        tags = UPOS if task == "udpos" else ENTITIES
        return [
            {
                "tokens": [f"{lang}{number}{word}" for word in range(3)],
                "tags": [tags[0], tags[number % 5 + 1], tags[-1]],
            }
            for number in numbers
        ]
    if task in ("bucc2018_pairs", "tatoeba"):
        return [
            {
                "source_sentence": text(lang, "own", split, number),
                "target_sentence": text("en", lang, split, number),
            }
            for number in numbers
        ]
    return (
        [_choice(task, lang, split, number) for number in numbers]
        if task in _CHOICES
        else _questions(task, lang, split)
    )


def _pair(task: str, lang: str, split: str, number: int) -> dict[str, Any]:
    names, label = {
        "pawsx": (("sentence1", "sentence2"), str(number % 2)),
        "stsb": (("sentence1", "sentence2"), number % 6 / 1.25),
        "qqp": (("question1", "question2"), ("not_duplicate", "duplicate")[number % 2]),
    }[task]
    return {
        names[0]: text(lang, "first", split, number),
        names[1]: text(lang, "second", split, number),
        "label": label,
    }


_CHOICES = ("xcopa", "hellaswag", "m_hellaswag", "cosmosqa", "csqa")


def _choice(task: str, lang: str, split: str, number: int) -> dict[str, Any]:
    options = [text(lang, f"option {letter}", split, number) for letter in "ABCDE"]
    context = text(lang, "context", split, number)
    match task:
        case "xcopa":
            relation = ("cause", "effect")[number % 2]
            return {
                "premise": context,
                "choice1": options[0],
                "choice2": options[1],
                "question": relation,
                "label": number % 2,
            }
        case "cosmosqa":
            named = {f"answer{number}": options[number] for number in range(4)}
            return {
                "context": context,
                "question": text(lang, "why", split, number),
                **named,
                "label": number % 4,
            }
        case "csqa":
            choices = {"label": list("ABCDE"), "text": options}
            return {"question": context, "choices": choices, "answerKey": "ABCDE"[number % 5]}
    return {"ctx": context, "endings": options[:4], "label": str(number % 4)}


def _questions(task: str, lang: str, split: str) -> Rows:
    rows = []
    for number in range(SIZES[split]):
        context = text(lang, "paragraph", split, number)
        answers = {"text": [f"number {number}"], "answer_start": [context.index(f"number {number}")]}
        if task == "squad2" and number % 3 == 2:
            answers = {"text": [], "answer_start": []}
        rows.append(
            {
                "id": f"{language(lang).name.lower()}-{number}-0",
                "title": "Title",
                "context": context,
                "question": text(lang, "question", split, number),
                "answers": answers,
            }
        )
    return rows
