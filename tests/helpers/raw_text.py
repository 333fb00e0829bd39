"""Examples as the lines that ``xtl-predict`` reads, and its records beside what evaluation wrote."""

import json

import pytest

AS_EVALUATED = ("--precision", "32-true", "--accelerator", "cpu")
"""Options with which a run predicts as it was evaluated."""


def as_text(example) -> str:
    """Write an example as a line of text."""
    for names in (("words",), ("first", "second"), ("context", "question"), ("text",)):
        if all(hasattr(example, name) for name in names) and not hasattr(example, "options"):
            values = [getattr(example, name) for name in names]
            return " ".join(values[0]) if names == ("words",) else "\t".join(values)
    raise AssertionError(example)


def as_json(example, task: str) -> str:
    """Write an example as a JSON line, with the task's own names."""
    names = {
        "pocket_pos": {"words": "words"},
        "pocket_ner": {"words": "words"},
        "pocket_nli": {"premise": "first", "hypothesis": "second"},
        "pocket_paraphrase": {"first": "first", "second": "second"},
        "pocket_qa": {"context": "context", "question": "question"},
        "pocket_choice": {"context": "context", "question": "question", "options": "options"},
        "pocket_retrieval": {"text": "text"},
    }[task]
    return json.dumps({key: getattr(example, name) for key, name in names.items()} | {"id": example.uid})


def check_same(task: str, record: dict, row: dict, example) -> None:
    """Compare a record with what evaluation wrote for the same example."""
    match task:
        case "pocket_pos" | "pocket_ner":
            assert (record["words"], record["tags"]) == (row["words"], row["predicted"])
        case "pocket_nli" | "pocket_paraphrase":
            assert record["label"] == row["predicted"]
            assert list(record["probabilities"].values()) == pytest.approx(row["probabilities"], abs=1e-5)
        case "pocket_qa":
            assert record["answer"] == row["predicted"]
            assert record["score"] == pytest.approx(row["probability"], abs=1e-5)
            assert record["null_margin"] == pytest.approx(row["null_margin"], abs=1e-4)
            if record["answer"]:
                assert example.context[record["start"] : record["end"]] == record["answer"]
            else:
                assert record["start"] is record["end"] is None
        case "pocket_choice":
            assert record["chosen"] == row["predicted"]
            assert record["option"] == row["options"][row["predicted"]]
            assert record["probabilities"] == pytest.approx(row["probabilities"], abs=1e-5)


def told(capsysbinary) -> str:
    """What was printed for the user, in one line."""
    return " ".join(capsysbinary.readouterr().err.decode().split())
