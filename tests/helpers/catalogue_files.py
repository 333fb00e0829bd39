"""The made-up rows of the catalogue as files, laid out as the authors of each task do."""

import json
from functools import partial
from pathlib import Path
from typing import Any

from tests.helpers.catalogue import SAMPLES, Rows, rows_of


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
    elif task == "sib200":
        lines = ['{index_id}\t{category}\t"{text}"'.format(**_quoted(row)) for row in rows]
        _write(path, ".tsv", "\n".join(["index_id\tcategory\ttext", *lines]) + "\n")
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
        f"{position}\t{word}\t_\t{tag}\t_\t_\t{position - 1}\tdep\t_\t_\n"
        for position, (word, tag) in enumerate(words, 1)
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
            lines = [_mnli(row) for row in _anli_rows(part, rows)]
        else:
            lines = [
                {"context": row["premise"], "hypothesis": row["hypothesis"], "label": row["label"][0]}
                for row in rows
            ]
        _write_lines(path.with_name(f"{path.name}.{part}"), lines)


def _anli_rows(part: str, rows: Rows) -> Rows:
    if part == "mnli":
        return rows_of("mnli", "en", "train")
    return [*rows, {**rows[0], "label": "-"}]  # annotators did not agree
