"""The made-up rows of the catalogue as the repositories of the hub that its tasks ask for."""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from tests.helpers.catalogue import ENTITIES, NLI, SAMPLES, SCORED, UPOS, Rows, rows_of
from tests.helpers.hub_files import Classes, Table, write_repository
from xtl.languages import language

ANSWERS = {"text": "string", "answer_start": "int32"}
QA = {"id": "string", "title": "string", "context": "string", "question": "string", "answers": ANSWERS}
PARALLEL = dict.fromkeys(("source_sentence", "target_sentence", "source_lang", "target_lang"), "string")
XTREME, GLUE, ANLI = "google/xtreme", "nyu-mll/glue", "facebook/anli"

Repositories = dict[str, dict[str, Table]]


def write_hub(root: Path) -> None:
    """Write every repository that the catalogue asks for."""
    for repository, configs in _repositories().items():
        write_repository(root, repository, configs)


def _repositories() -> Repositories:
    repositories: defaultdict[str, dict[str, Table]] = defaultdict(dict)
    _add_pairs(repositories)
    _add_tagging(repositories)
    _add_questions(repositories)
    _add_sentences(repositories)
    _add_choices(repositories)
    return dict(repositories)


def _splits(task: str, lang: str, names: Mapping[str, str] | None = None) -> dict[str, Rows]:
    """Rows of a language by the hub's name of the split, which ``names`` says where it is another one."""
    available = SAMPLES[task].splits[lang]
    return {
        (names or {}).get(split, split): rows_of(task, lang, split)
        for split in available
        if not names or split in names
    }


def _numbered(splits: dict[str, Rows], column: str, classes: Classes) -> dict[str, Rows]:
    """Write classes as the numbers that the hub has."""
    return {
        split: [
            row
            | {
                column: [classes.index(name) for name in row[column]]
                if isinstance(row[column], list)
                else classes.index(row[column])
            }
            for row in rows
        ]
        for split, rows in splits.items()
    }


def _add_pairs(repositories: defaultdict[str, dict[str, Table]]) -> None:
    texts = {"premise": "string", "hypothesis": "string", "label": NLI}
    for lang in SAMPLES["xnli"].splits:
        repositories["facebook/xnli"][lang] = Table(texts, _numbered(_splits("xnli", lang), "label", NLI))
    pair = {"sentence1": "string", "sentence2": "string"}
    paraphrase = {"id": "int32", **pair, "label": Classes(("0", "1"))}
    for lang in SAMPLES["pawsx"].splits:
        splits = _numbered(_splits("pawsx", lang), "label", paraphrase["label"])
        repositories["google-research-datasets/paws-x"][lang] = Table(paraphrase, splits)
    for lang in SAMPLES["stsb"].splits:
        splits = _splits("stsb", lang, {"train": "train", "validation": "dev", "test": "test"})
        scored = {
            s: [{**row, "similarity_score": row["label"]} for row in rows] for s, rows in splits.items()
        }
        repositories["PhilipMay/stsb_multi_mt"][lang] = Table(pair | {"similarity_score": "float32"}, scored)
    for lang, config in (("en", "eng_Latn"), ("yo", "yor_Latn")):
        topics = {"index_id": "int64", "category": "string", "text": "string"}
        repositories["Davlan/sib200"][config] = Table(topics, _splits("sib200", lang))
    names = {"train": "train", "validation": "validation_matched", "test": "validation_mismatched"}
    mnli = _numbered(_splits("mnli", "en", names), "label", NLI)
    repositories[GLUE]["mnli"] = Table(texts | {"idx": "int32"}, mnli)
    questions = {
        "question1": "string",
        "question2": "string",
        "label": Classes(("not_duplicate", "duplicate")),
    }
    qqp = _numbered(_splits("qqp", "en"), "label", questions["label"])
    repositories[GLUE]["qqp"] = Table(questions | {"idx": "int32"}, qqp)
    anli = _numbered(_splits("anli", "en"), "label", NLI)
    unlabelled = {**anli["train"][0], "label": -1}
    snli = {"train": [*anli["train"], unlabelled], "validation": anli["validation"]}
    repositories["stanfordnlp/snli"]["plain_text"] = Table(texts, snli, noted="file")
    rounds = {"train": anli["train"], "dev": anli["validation"], "test": anli["test"]}
    several = {f"{split}_r{number}": rows for number in (1, 2, 3) for split, rows in rounds.items()}
    repositories[ANLI]["plain_text"] = Table(
        {"uid": "string", **texts, "reason": "string"}, several, noted="file"
    )


def _add_tagging(repositories: defaultdict[str, dict[str, Table]]) -> None:
    for lang in SAMPLES["udpos"].splits:
        splits = _numbered(_splits("udpos", lang), "tags", UPOS)
        named = {
            s: [{"tokens": row["tokens"], "pos_tags": row["tags"]} for row in rows]
            for s, rows in splits.items()
        }
        repositories[XTREME][f"udpos.{language(lang).name}"] = Table(
            {"tokens": ["string"], "pos_tags": [UPOS]}, named
        )
    for lang in SAMPLES["panx"].splits:
        splits = _numbered(_splits("panx", lang), "tags", ENTITIES)
        named = {
            s: [{"tokens": row["tokens"], "ner_tags": row["tags"]} for row in rows]
            for s, rows in splits.items()
        }
        columns = {"tokens": ["string"], "ner_tags": [ENTITIES], "langs": ["string"]}
        repositories[XTREME][f"PAN-X.{lang}"] = Table(columns, named)


def _add_questions(repositories: defaultdict[str, dict[str, Table]]) -> None:
    repositories["rajpurkar/squad"]["plain_text"] = Table(QA, _splits("squad1", "en"), noted="file")
    repositories["rajpurkar/squad_v2"]["squad_v2"] = Table(QA, _splits("squad2", "en"))
    untitled = {name: column for name, column in QA.items() if name != "title"}
    for lang in SAMPLES["xquad"].splits:
        repositories[XTREME][f"XQuAD.{lang}"] = Table(
            untitled, {"validation": rows_of("xquad", lang, "validation")}
        )
    for lang in SAMPLES["mlqa"].splits:
        scored = {split: rows_of("mlqa", lang, split) for split in SCORED}
        repositories[XTREME][f"MLQA.{lang}.{lang}"] = Table(QA, scored)
    langs = list(SAMPLES["tydiqa"].splits)  # all in one config, the languages mixed
    mixed = {
        split: [
            row
            for rows in zip(*(rows_of("tydiqa", lang, split) for lang in langs), strict=True)
            for row in rows
        ]
        for split in ("train", "validation")
    }
    repositories[XTREME]["tydiqa"] = Table(QA, mixed)


def _add_sentences(repositories: defaultdict[str, dict[str, Table]]) -> None:
    for task, config, pivot in (("tatoeba", "tatoeba", "eng"), ("bucc2018_pairs", "bucc18", "en")):
        for lang in SAMPLES[task].splits:
            langs = {"source_lang": lang, "target_lang": pivot}
            splits = {s: [{**row, **langs} for row in rows] for s, rows in _splits(task, lang).items()}
            repositories[XTREME][f"{config}.{lang}"] = Table(PARALLEL, splits)


def _add_choices(repositories: defaultdict[str, dict[str, Table]]) -> None:
    two = dict.fromkeys(("premise", "choice1", "choice2", "question"), "string")
    label = {"label": Classes(("choice1", "choice2")), "idx": "int32"}
    repositories["aps/super_glue"]["copa"] = Table(two | label, _splits("xcopa", "en"))
    repositories["cambridgeltl/xcopa"]["sw"] = Table(two | {"label": "int32"}, _splits("xcopa", "sw"))
    swag = {"ctx": "string", "endings": ["string"], "label": "string"}
    repositories["Rowan/hellaswag"]["default"] = Table(swag, _splits("hellaswag", "en"))
    val = {"val": rows_of("m_hellaswag", "de", "validation")}
    repositories["alexandrainst/m_hellaswag"]["de"] = Table(swag, val, noted="nowhere", kind="jsonl")
    four = dict.fromkeys(("context", "question", *(f"answer{number}" for number in range(4))), "string")
    repositories["allenai/cosmos_qa"]["default"] = Table(
        {"id": "string", **four, "label": "int32"}, _splits("cosmosqa", "en")
    )
    five = {
        "id": "string",
        "question": "string",
        "choices": {"label": "string", "text": "string"},
        "answerKey": "string",
    }
    repositories["tau/commonsense_qa"]["default"] = Table(five, _splits("csqa", "en"))
