"""The model card of an exported folder: what it is, how it was made and how well it does."""

import re
from collections.abc import Mapping, Sequence

from huggingface_hub import ModelCardData

import xtl
from xtl.export.eval_results import eval_results
from xtl.export.lineage import Lineage
from xtl.languages import language
from xtl.results import Result
from xtl.schemas.data import DataConfig
from xtl.schemas.task import TaskConfig
from xtl.tasks.registry import parts_of

CITATION = """\
@software{xtl,
  title   = {xtl},
  author  = {The xtl developers},
  version = {VERSION},
}
@inproceedings{phang2020english,
  title     = {English Intermediate-Task Training Improves Zero-Shot Cross-Lingual Transfer Too},
  author    = {Phang, Jason and Calixto, Iacer and Htut, Phu Mon and Pruksachatkun, Yada and Liu, Haokun
               and Vania, Clara and Kann, Katharina and Bowman, Samuel R.},
  booktitle = {AACL-IJCNLP 2020},
  year      = {2020},
  url       = {https://arxiv.org/abs/2005.13013},
}
@inproceedings{hu2020xtreme,
  title     = {{XTREME}: A Massively Multilingual Multi-task Benchmark for Evaluating Cross-lingual
               Generalisation},
  author    = {Hu, Junjie and Ruder, Sebastian and Siddhant, Aditya and Neubig, Graham and Firat, Orhan
               and Johnson, Melvin},
  booktitle = {ICML 2020},
  year      = {2020},
  url       = {https://arxiv.org/abs/2003.11080},
}
"""

_LICENCES = {"mit": "mit", "apache 2.0": "apache-2.0", "mit, made by xtl": "mit"}
"""Identifiers of the hub by what tasks say of their data."""

_CREATIVE_COMMONS = re.compile(r"CC (BY(?:-NC)?(?:-SA|-ND)?) (\d\.\d)")


def model_card(
    lineage: Lineage, data: DataConfig, *, pipeline: str, library: str, usage: str, command: str
) -> str:
    """Write a card: header of metadata, use, training, scores, licences, citation.

    Args:
        lineage: Origin of the model.
        data: Source of the data that it was scored on.
        pipeline: Task of the hub, such as ``token-classification``.
        library: Library that loads the folder.
        usage: Code that loads it.
        command: Command that exported it.
    """
    last = lineage.task
    name = f"{last.name}-{lineage.run.backbone}"
    licence = _licence(lineage.trained) if lineage.trained else None
    header = ModelCardData(
        model_name=name,
        language=_languages(lineage),
        license=licence,
        license_name="those-of-the-data" if licence == "other" else None,
        library_name=library,
        pipeline_tag=pipeline,
        base_model=lineage.base_model or None,
        datasets=_datasets(lineage.trained) or None if data.source == "hub" else None,
        metrics=sorted({score.metric for score in lineage.scores}) or None,
        tags=["xtl", "cross-lingual", *dict.fromkeys(task.name for task in _parts(lineage.trained))],
        eval_results=eval_results(lineage.scores, [*lineage.tasks, last], data, pipeline) or None,
    ).to_yaml()
    about = (
        f"{lineage.run.backbone}, trained by xtl {lineage.run.version} for "
        f"the task `{last.name}`{_reference_text(last)}."
    )
    made_by = f"xtl {xtl.__version__}: `{command}`. `xtl_export.json` has the checksums of the files."
    sections = [
        f"---\n{header}\n---",
        f"# {name}",
        about,
        f"## Use\n\n```python\n{usage}\n```",
        f"## Training\n\n{_training(lineage)}",
        *([f"## Scores\n\n{_scores(lineage)}"] if lineage.scores else []),
        f"## Data\n\n{_data(lineage.trained)}",
        f"## Made by\n\n{made_by}",
        f"## Citation\n\n```bibtex\n{CITATION.replace('VERSION', lineage.run.version)}```",
    ]
    return "\n\n".join(sections) + "\n"


def _training(lineage: Lineage) -> str:
    run = lineage.run
    rows = [["phase", "task", "languages", "rows", "budget", "learning rate", "batch", "tuning"]]
    for number, (info, task) in enumerate(zip(lineage.infos, lineage.tasks, strict=False), start=1):
        recipe = task.recipe
        trained = [f"{info.rows:,}", info.budget] if info.rows else ["0 (not trained)", ""]
        rows.append(
            [
                str(number),
                info.task,
                info.lang,
                *trained,
                f"{recipe.lr:g}",
                str(recipe.batch_size),
                task.tuning.name,
            ]
        )
    lines = [_table(rows), ""]
    tokens, seconds = (sum(phase[name] for phase in lineage.phases) for name in ("tokens", "seconds"))
    lines.append(
        f"Recipe `{run.recipe}`, seed {run.seed}, data seed {run.data_seed}, weights chosen by "
        f"`{lineage.tasks[-1].recipe.selection}`, {tokens:,} tokens read in {seconds:,.0f} s on {run.device}."
    )
    keys = [f"{phase['phase']} `{phase['key']}`" for phase in lineage.phases]
    lines.append(f"Keys of the phases: {', '.join(keys) or 'none was trained'}; cell `{run.cell}`.")
    if lineage.base:
        lines.append(
            f"It began from an exported model: task `{lineage.base.get('task', '')}`, cell "
            f"`{lineage.base.get('cell', '')}`."
        )
    return "\n".join(lines)


def _scores(lineage: Lineage) -> str:
    scores, task = lineage.scores, lineage.task
    metrics = list(dict.fromkeys(score.metric for score in scores))
    values: dict[tuple[str, str], dict[str, Result]] = {}
    for score in scores:
        values.setdefault((score.task, score.lang), {})[score.metric] = score
    trained = set(task.lang)
    rows = [["task", "language", "split", "n", *metrics]]
    for (name, lang), by_metric in values.items():
        first = next(iter(by_metric.values()))
        cells = [_score_text(by_metric.get(metric), lineage) for metric in metrics]
        shown = f"{lang} (trained on)" if lang in trained and name == task.name else lang
        rows.append([name, shown, first.split, f"{first.n:,}", *cells])
    shots = lineage.run.shots
    how = f"With {shots} training examples of each language" if shots else "Zero-shot"
    margin = (
        "±: half of the 95 % interval over test examples; another seed may differ by more."
        if lineage.intervals
        else "No interval was estimated."
    )
    return f"{_table(rows)}\n\n{how}, but for the languages trained on. One seed. {margin}"


def _score_text(score: Result | None, lineage: Lineage) -> str:
    if score is None:
        return ""
    if score not in lineage.intervals:
        return f"{score.value:.1f}"
    low, high = lineage.intervals[score]
    return f"{score.value:.1f} ± {(high - low) / 2:.1f}"


def _data(tasks: Sequence[TaskConfig]) -> str:
    if not tasks:
        return "It was trained on no data of a task."
    lines = [
        f"- `{task.name}`: {task.licence or 'licence not stated'}{_reference_text(task)}"
        for task in _parts(tasks)
    ]
    return "Licences of the data, which may bind a model that was trained on it:\n\n" + "\n".join(lines)


def _reference_text(task: TaskConfig) -> str:
    return f" ({task.reference})" if task.reference else ""


def _languages(lineage: Lineage) -> list[str]:
    codes = [lang for task in lineage.trained for lang in task.lang]
    codes += [score.lang for score in lineage.scores]
    return sorted({language(code).code for code in codes})


def _licence(tasks: Sequence[TaskConfig]) -> str:
    """Identifier of the hub where the data of all tasks have one and the same, else ``other``."""
    identifiers = {_identifier(task.licence) for task in _parts(tasks)}
    return identifiers.pop() if len(identifiers) == 1 else "other"


def _parts(tasks: Sequence[TaskConfig]) -> list[TaskConfig]:
    """Tasks, those that are made of others replaced by these."""
    return [part for task in tasks for part in parts_of(task).values()]


def _identifier(licence: str) -> str:
    match = _CREATIVE_COMMONS.fullmatch(licence)
    if match:
        return f"cc-{match[1]}-{match[2]}".lower()
    return _LICENCES.get(licence.lower(), "other")


def _datasets(tasks: Sequence[TaskConfig]) -> list[str]:
    return sorted({hub_set.repository for task in _parts(tasks) for hub_set in task.hub.sets.values()})


def _table(rows: Sequence[Sequence[str]]) -> str:
    head, *body = (f"| {' | '.join(row)} |" for row in rows)
    return "\n".join([head, f"|{' --- |' * len(rows[0])}", *body])


USAGE: Mapping[str, str] = {
    "pipeline": "from transformers import pipeline\n\nmodel = pipeline({pipeline!r}, {folder!r})",
    "class": (
        "from transformers import AutoTokenizer, {auto_class}\n\n"
        "tokenizer = AutoTokenizer.from_pretrained({folder!r})\n"
        "model = {auto_class}.from_pretrained({folder!r})"
    ),
    "adapter": (
        "from peft import PeftModel\nfrom transformers import {auto_class}\n\n"
        "encoder = {auto_class}.from_pretrained({base!r}, num_labels={num_labels}, "
        "ignore_mismatched_sizes=True)\n"  # the adapter brings its head
        "model = PeftModel.from_pretrained(encoder, {folder!r})"
    ),
    "vectors": (
        "from sentence_transformers import SentenceTransformer\n\n"
        'model = SentenceTransformer({folder!r})\nvectors = model.encode(["a sentence"])'
    ),
    "graph": (
        "import onnxruntime\nfrom transformers import AutoTokenizer\n\n"
        "tokenizer = AutoTokenizer.from_pretrained({folder!r})\n"
        'session = onnxruntime.InferenceSession("{folder}/model.onnx")\n'
        'outputs = session.run(None, dict(tokenizer(["a text"], return_tensors="np")))'
    ),
}
"""Code of the cards, by what the folder holds."""
