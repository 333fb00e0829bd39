"""Made-up rows for every task of the catalogue, as their authors' files and as the hub's repositories.

Both are written from the same rows, so that reading either must give the same examples.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from tests.helpers.hub_files import Classes, Table, write_repository
from xtl.languages import language

SIZES = {"train": 6, "validation": 3, "test": 3}
UPOS = Classes(
    "ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X".split()  # noqa: SIM905
)
ENTITIES = Classes(["O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"])
NLI = Classes(("entailment", "neutral", "contradiction"))
ANSWERS = {"text": "string", "answer_start": "int32"}
QA = {"id": "string", "title": "string", "context": "string", "question": "string", "answers": ANSWERS}
PARALLEL = dict.fromkeys(("source_sentence", "target_sentence", "source_lang", "target_lang"), "string")
XTREME, GLUE, ANLI = "google/xtreme", "nyu-mll/glue", "facebook/anli"

Rows = list[dict[str, Any]]
Repositories = dict[str, dict[str, Table]]


class Sample(NamedTuple):
    """Where a task has rows in this collection: language to its splits."""

    splits: Mapping[str, tuple[str, ...]]


ALL, SCORED = ("train", "validation", "test"), ("validation", "test")
SAMPLES: dict[str, Sample] = {
    "xnli": Sample({"en": ALL, "de": ALL, "zh": ALL}),
    "pawsx": Sample({"en": ALL, "de": ALL}),
    "stsb": Sample({"en": ALL, "zh": ALL}),
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
                "premise": text(lang, "premise", split, at),
                "hypothesis": text(lang, "hypothesis", split, at),
                "label": NLI[at % 3],
            }
            for at in numbers
        ]
    if task in ("pawsx", "stsb", "qqp"):
        return [_pair(task, lang, split, at) for at in numbers]
    if task in ("udpos", "panx"):
        tags = UPOS if task == "udpos" else ENTITIES
        return [
            {
                "tokens": [f"{lang}{at}{word}" for word in range(3)],
                "tags": [tags[0], tags[at % 5 + 1], tags[-1]],
            }
            for at in numbers
        ]
    if task in ("bucc2018_pairs", "tatoeba"):
        return [
            {"source_sentence": text(lang, "own", split, at), "target_sentence": text("en", lang, split, at)}
            for at in numbers
        ]
    return (
        [_choice(task, lang, split, at) for at in numbers]
        if task in _CHOICES
        else _questions(task, lang, split)
    )


def _pair(task: str, lang: str, split: str, at: int) -> dict[str, Any]:
    names, label = {
        "pawsx": (("sentence1", "sentence2"), str(at % 2)),
        "stsb": (("sentence1", "sentence2"), at % 6 / 1.25),
        "qqp": (("question1", "question2"), ("not_duplicate", "duplicate")[at % 2]),
    }[task]
    return {
        names[0]: text(lang, "first", split, at),
        names[1]: text(lang, "second", split, at),
        "label": label,
    }


_CHOICES = ("xcopa", "hellaswag", "m_hellaswag", "cosmosqa", "csqa")


def _choice(task: str, lang: str, split: str, at: int) -> dict[str, Any]:
    options = [text(lang, f"option {letter}", split, at) for letter in "ABCDE"]
    context = text(lang, "context", split, at)
    match task:
        case "xcopa":
            asked = ("cause", "effect")[at % 2]
            return {
                "premise": context,
                "choice1": options[0],
                "choice2": options[1],
                "question": asked,
                "label": at % 2,
            }
        case "cosmosqa":
            named = {f"answer{number}": options[number] for number in range(4)}
            return {"context": context, "question": text(lang, "why", split, at), **named, "label": at % 4}
        case "csqa":
            choices = {"label": list("ABCDE"), "text": options}
            return {"question": context, "choices": choices, "answerKey": "ABCDE"[at % 5]}
    return {"ctx": context, "endings": options[:4], "label": str(at % 4)}


def _questions(task: str, lang: str, split: str) -> Rows:
    rows = []
    for at in range(SIZES[split]):
        context = text(lang, "paragraph", split, at)
        answers = {"text": [f"number {at}"], "answer_start": [context.index(f"number {at}")]}
        if task == "squad2" and at % 3 == 2:
            answers = {"text": [], "answer_start": []}
        rows.append(
            {
                "id": f"{language(lang).name.lower()}-{at}-0",
                "title": "Title",
                "context": context,
                "question": text(lang, "question", split, at),
                "answers": answers,
            }
        )
    return rows


def write_hub(root: Path) -> None:
    """Write every repository that the catalogue asks for."""
    for repository, configs in _repositories().items():
        write_repository(root, repository, configs)


def _repositories() -> Repositories:
    found: defaultdict[str, dict[str, Table]] = defaultdict(dict)
    _add_pairs(found)
    _add_tagging(found)
    _add_questions(found)
    _add_sentences(found)
    _add_choices(found)
    return dict(found)


def _splits(task: str, lang: str, names: Mapping[str, str] | None = None) -> dict[str, Rows]:
    """Rows of a language by the hub's name of the split, which ``names`` says where it is another one."""
    there = SAMPLES[task].splits[lang]
    return {
        (names or {}).get(split, split): rows_of(task, lang, split)
        for split in there
        if not names or split in names
    }


def _numbered(splits: dict[str, Rows], column: str, classes: Classes) -> dict[str, Rows]:
    """Write classes as the numbers that the hub has."""
    return {
        split: [
            row
            | {
                column: [classes.index(one) for one in row[column]]
                if isinstance(row[column], list)
                else classes.index(row[column])
            }
            for row in rows
        ]
        for split, rows in splits.items()
    }


def _add_pairs(found: defaultdict[str, dict[str, Table]]) -> None:
    texts = {"premise": "string", "hypothesis": "string", "label": NLI}
    for lang in SAMPLES["xnli"].splits:
        found["facebook/xnli"][lang] = Table(texts, _numbered(_splits("xnli", lang), "label", NLI))
    pair = {"sentence1": "string", "sentence2": "string"}
    for lang in SAMPLES["pawsx"].splits:
        found[XTREME][f"PAWS-X.{lang}"] = Table(pair | {"label": "string"}, _splits("pawsx", lang))
    for lang in SAMPLES["stsb"].splits:
        splits = _splits("stsb", lang, {"train": "train", "validation": "dev", "test": "test"})
        scored = {
            s: [{**row, "similarity_score": row["label"]} for row in rows] for s, rows in splits.items()
        }
        found["PhilipMay/stsb_multi_mt"][lang] = Table(pair | {"similarity_score": "float32"}, scored)
    names = {"train": "train", "validation": "validation_matched", "test": "validation_mismatched"}
    mnli = _numbered(_splits("mnli", "en", names), "label", NLI)
    found[GLUE]["mnli"] = Table(texts | {"idx": "int32"}, mnli)
    questions = {
        "question1": "string",
        "question2": "string",
        "label": Classes(("not_duplicate", "duplicate")),
    }
    qqp = _numbered(_splits("qqp", "en"), "label", questions["label"])
    found[GLUE]["qqp"] = Table(questions | {"idx": "int32"}, qqp)
    anli = _numbered(_splits("anli", "en"), "label", NLI)
    unlabelled = {**anli["train"][0], "label": -1}
    snli = {"train": [*anli["train"], unlabelled], "validation": anli["validation"]}
    found["stanfordnlp/snli"]["plain_text"] = Table(texts, snli, noted="file")
    rounds = {"train": anli["train"], "dev": anli["validation"], "test": anli["test"]}
    several = {f"{split}_r{one}": rows for one in (1, 2, 3) for split, rows in rounds.items()}
    found[ANLI]["plain_text"] = Table({"uid": "string", **texts, "reason": "string"}, several, noted="file")


def _add_tagging(found: defaultdict[str, dict[str, Table]]) -> None:
    for lang in SAMPLES["udpos"].splits:
        splits = _numbered(_splits("udpos", lang), "tags", UPOS)
        named = {
            s: [{"tokens": row["tokens"], "pos_tags": row["tags"]} for row in rows]
            for s, rows in splits.items()
        }
        found[XTREME][f"udpos.{language(lang).name}"] = Table(
            {"tokens": ["string"], "pos_tags": [UPOS]}, named
        )
    for lang in SAMPLES["panx"].splits:
        splits = _numbered(_splits("panx", lang), "tags", ENTITIES)
        named = {
            s: [{"tokens": row["tokens"], "ner_tags": row["tags"]} for row in rows]
            for s, rows in splits.items()
        }
        columns = {"tokens": ["string"], "ner_tags": [ENTITIES], "langs": ["string"]}
        found[XTREME][f"PAN-X.{lang}"] = Table(columns, named)


def _add_questions(found: defaultdict[str, dict[str, Table]]) -> None:
    found["rajpurkar/squad"]["plain_text"] = Table(QA, _splits("squad1", "en"), noted="file")
    found["rajpurkar/squad_v2"]["squad_v2"] = Table(QA, _splits("squad2", "en"))
    untitled = {name: column for name, column in QA.items() if name != "title"}
    for lang in SAMPLES["xquad"].splits:
        found[XTREME][f"XQuAD.{lang}"] = Table(untitled, {"validation": rows_of("xquad", lang, "validation")})
    for lang in SAMPLES["mlqa"].splits:
        scored = {split: rows_of("mlqa", lang, split) for split in SCORED}
        found[XTREME][f"MLQA.{lang}.{lang}"] = Table(QA, scored)
    langs = list(SAMPLES["tydiqa"].splits)  # all in one config, the languages mixed
    mixed = {
        split: [
            row
            for rows in zip(*(rows_of("tydiqa", lang, split) for lang in langs), strict=True)
            for row in rows
        ]
        for split in ("train", "validation")
    }
    found[XTREME]["tydiqa"] = Table(QA, mixed)


def _add_sentences(found: defaultdict[str, dict[str, Table]]) -> None:
    for task, config, pivot in (("tatoeba", "tatoeba", "eng"), ("bucc2018_pairs", "bucc18", "en")):
        for lang in SAMPLES[task].splits:
            told = {"source_lang": lang, "target_lang": pivot}
            splits = {s: [{**row, **told} for row in rows] for s, rows in _splits(task, lang).items()}
            found[XTREME][f"{config}.{lang}"] = Table(PARALLEL, splits)


def _add_choices(found: defaultdict[str, dict[str, Table]]) -> None:
    two = dict.fromkeys(("premise", "choice1", "choice2", "question"), "string")
    label = {"label": Classes(("choice1", "choice2")), "idx": "int32"}
    found["aps/super_glue"]["copa"] = Table(two | label, _splits("xcopa", "en"))
    found["cambridgeltl/xcopa"]["sw"] = Table(two | {"label": "int32"}, _splits("xcopa", "sw"))
    swag = {"ctx": "string", "endings": ["string"], "label": "string"}
    found["Rowan/hellaswag"]["default"] = Table(swag, _splits("hellaswag", "en"))
    val = {"val": rows_of("m_hellaswag", "de", "validation")}
    found["alexandrainst/m_hellaswag"]["de"] = Table(swag, val, noted="nowhere", kind="jsonl")
    four = dict.fromkeys(("context", "question", *(f"answer{number}" for number in range(4))), "string")
    found["allenai/cosmos_qa"]["default"] = Table(
        {"id": "string", **four, "label": "int32"}, _splits("cosmosqa", "en")
    )
    five = {
        "id": "string",
        "question": "string",
        "choices": {"label": "string", "text": "string"},
        "answerKey": "string",
    }
    found["tau/commonsense_qa"]["default"] = Table(five, _splits("csqa", "en"))


def write_local(root: Path, task: str) -> None:
    """Write the files of one task as their authors do."""
    for lang, splits in SAMPLES[task].splits.items():
        folder = root / task / lang
        folder.mkdir(parents=True, exist_ok=True)
        for split in splits:
            _write_file(folder, task, lang, split)


def _write_file(folder: Path, task: str, lang: str, split: str) -> None:
    rows, path = rows_of(task, lang, split), folder / split
    if task in ("udpos", "panx"):
        ending, sentence = (".conllu", _conllu) if task == "udpos" else (".tsv", partial(_columns, lang))
        _write(path, ending, "\n".join(map(sentence, rows)))
    elif task in ("tatoeba", "bucc2018_pairs"):
        _write(path, f".{lang}", "".join(row["source_sentence"] + "\n" for row in rows))
        pivot = "eng" if task == "tatoeba" else "en"
        _write(path, f".{pivot}", "".join(row["target_sentence"] + "\n" for row in rows))
    elif "answers" in rows[0]:
        squad = task in ("xquad", "mlqa") and split == "train"
        _write(path, ".json", json.dumps(_squad(rows_of("squad1", lang, split) if squad else rows)))
    elif task == "anli":
        _write_anli(path, rows, split)
    elif task == "stsb":
        lines = ['"{sentence1}"\t"{sentence2}"\t{label}'.format(**_quoted(row)) for row in rows]
        _write(path, ".tsv", "\n".join(["sentence1\tsentence2\tscore", *lines]) + "\n")
    else:
        _write_lines(path, [_AS_ORIGINAL.get(task, dict)(row) for row in rows])


def _write(path: Path, ending: str, content: str) -> None:
    path.with_name(path.name + ending).write_text(content, encoding="utf-8")


def _write_lines(path: Path, rows: Rows) -> None:
    _write(path, ".jsonl", "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def _quoted(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value.replace('"', '""') if isinstance(value, str) else value for key, value in row.items()}


def _conllu(row: dict[str, Any]) -> str:
    words = zip(row["tokens"], row["tags"], strict=True)
    return "".join(
        f"{at}\t{word}\t_\t{tag}\t_\t_\t{at - 1}\tdep\t_\t_\n" for at, (word, tag) in enumerate(words, 1)
    )


def _columns(lang: str, row: dict[str, Any]) -> str:
    words = zip(row["tokens"], row["tags"], strict=True)
    return "".join(f"{lang}:{word}\t{tag}\n" for word, tag in words)


def _squad(rows: Rows) -> dict[str, Any]:
    paragraphs = []
    for row in rows:
        pairs = zip(row["answers"]["text"], row["answers"]["answer_start"], strict=True)
        answers = [{"text": text, "answer_start": start} for text, start in pairs]
        qa = {"id": row["id"], "question": row["question"], "answers": answers, "is_impossible": not answers}
        paragraphs.append({"context": row["context"], "qas": [qa]})
    return {"data": [{"title": "Title", "paragraphs": paragraphs}]}


def _mnli(row: dict[str, Any]) -> dict[str, Any]:
    return {"sentence1": row["premise"], "sentence2": row["hypothesis"], "gold_label": row["label"]}


def _csqa(row: dict[str, Any]) -> dict[str, Any]:
    pairs = zip(row["choices"]["label"], row["choices"]["text"], strict=True)
    choices = [{"label": letter, "text": option} for letter, option in pairs]
    return {"answerKey": row["answerKey"], "question": {"stem": row["question"], "choices": choices}}


_AS_ORIGINAL = {"mnli": _mnli, "csqa": _csqa}
"""What rows of tasks look like that their authors lay out in another way than the hub."""


def _write_anli(path: Path, rows: Rows, split: str) -> None:
    """Write each part in its authors' own columns."""
    for part in ("snli", "mnli", "r1", "r2", "r3") if split == "train" else ("r1", "r2", "r3"):
        if part in ("snli", "mnli"):
            own = [_mnli(row) for row in _anli_rows(part, rows)]
        else:
            own = [
                {"context": row["premise"], "hypothesis": row["hypothesis"], "label": row["label"][0]}
                for row in rows
            ]
        _write_lines(path.with_name(f"{path.name}.{part}"), own)


def _anli_rows(part: str, rows: Rows) -> Rows:
    if part == "mnli":
        return rows_of("mnli", "en", "train")
    return [*rows, {**rows[0], "label": "-"}]  # annotators did not agree
