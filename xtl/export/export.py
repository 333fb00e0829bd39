"""A finished run into a folder that other libraries load."""

import logging
from dataclasses import dataclass
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

from transformers import PreTrainedModel

import xtl
from xtl.atomic import atomic_folder, write_text
from xtl.errors import ConfigError
from xtl.export import HF, ONNX, SENTENCE_TRANSFORMERS
from xtl.export.adapter_folder import check_adapter, write_adapter
from xtl.export.card import USAGE, model_card
from xtl.export.lineage import Lineage, finished_results, lineage_of
from xtl.export.onnx_folder import check_onnx, write_graph
from xtl.export.sentence_folder import cut_encoder, write_sentence_model
from xtl.export.tokenizer_files import save_tokenizer
from xtl.export.transformers_folder import backbone_of, probe, transformers_model, write_model
from xtl.models.files import (
    added_files,
    changed_files,
    published_name,
    read_export_record,
    write_export_record,
)
from xtl.runs.saved_run import SavedRun
from xtl.schemas.task import TaskConfig
from xtl.tasks.build import build_task
from xtl.tasks.exported import HeadExport, VectorExport
from xtl.tasks.registry import task_type
from xtl.tasks.trained import TrainedTask

logger = logging.getLogger(__name__)

_PIPELINES = ("token-classification", "text-classification", "fill-mask")
"""Tasks that transformers has pipelines of."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportSettings:
    """What is exported, and as what.

    Attributes:
        form: Kind of folder, one of :data:`xtl.export.FORMATS`.
        out: Folder to write; ``None``: below the run folder.
        phase: Phase whose encoder and head are exported.
        task: Task of a mixture whose head is exported; empty: the phase has one task.
        adapter_only: Whether what LoRA added is written alone, with the head.
        command: Command, as the card has it.
    """

    form: str
    out: Path | None = None
    phase: str = "target"
    task: str = ""
    adapter_only: bool = False
    command: str = "xtl-export"


def export_run(folder: Path, settings: ExportSettings) -> Path:
    """Write a finished run as a folder that other libraries load; it appears whole, or not at all.

    Args:
        folder: Run folder.
        settings: What is exported, and as what.

    Returns:
        The folder that was written.

    Raises:
        ConfigError: if it is no finished run, or the format has no class for its type of task.
        CheckpointError: if its weights are not there, are damaged or belong to other labels.
    """
    if settings.form == ONNX:
        check_onnx()
    run = SavedRun.open(folder, data_needed=False, phase=settings.phase)
    finished_results(folder)
    config = _task_config(run, settings.task)
    lineage = lineage_of(run, config)
    _check_form(config, settings.form)
    if settings.adapter_only:
        check_adapter(lineage, run.config.backbone)
    out = settings.out or folder / "export" / ("adapter" if settings.adapter_only else settings.form)
    out = out.expanduser()
    _check_out(out)
    out = out.resolve()  # a link stays, and so does the folder that it points to by name
    task = build_task(config, run.config.data, run.config.backbone.embedding)
    run.check_head(task)
    run.check_trained(task)
    model = run.load(task)
    export: HeadExport | VectorExport = resolve_name(task.type.export)(task, model.module)
    logger.info("checking that the exported model gives the numbers of the run, and writing it")
    with atomic_folder(out) as temporary:
        if settings.adapter_only:
            assert isinstance(export, HeadExport)  # noqa: S101  see _check_form
            write_adapter(model, export, temporary, lineage=lineage, backbone=run.config.backbone)
        else:
            _write(model, export, settings.form, temporary)
        write_text(temporary / "README.md", _card(run, lineage, export, settings, out))
        write_export_record(temporary, _record(lineage, config, settings))
    logger.info("exported: %s", out)
    return out


def _task_config(run: SavedRun, name: str) -> TaskConfig:
    """Config of the task whose head is exported.

    Raises:
        ConfigError: if the phase has no such task.
    """
    config = run.config.intermediate if run.phase == "intermediate" else run.config.target
    assert config is not None  # noqa: S101  see SavedRun.open
    members = task_type(config.task_type).members(config)
    if name in members:
        return members[name]
    names = list(members) or [config.name]
    if members or name not in ("", config.name):
        raise ConfigError(
            f"run={run.folder.path}: expected --task with one of {', '.join(names)}, got "
            f"{repr(name) if name else 'none'}"
        )
    return config


def _check_form(config: TaskConfig, form: str) -> None:
    """Refuse a format that has no class for a type of task."""
    kind = task_type(config.task_type)
    where = f"--to {form}: task '{config.name}' of the type '{kind.name}'"
    if not kind.export:
        raise ConfigError(f"{where}: no other library has a class for it")
    if kind.embeds and form == HF:
        raise ConfigError(
            f"{where} has vectors and no head, for which transformers has no class; use --to "
            f"{SENTENCE_TRANSFORMERS}"
        )
    if not kind.embeds and form == SENTENCE_TRANSFORMERS:
        raise ConfigError(
            f"{where} has a head and no vectors, for which sentence-transformers has no class; use --to {HF}"
        )


def _check_out(out: Path) -> None:
    """Refuse to write over what is no export, or one that somebody changed or put files into."""
    if out.resolve() == Path.cwd():
        raise ConfigError(
            f"--out {out}: expected a folder that can be made anew, got the current one; choose one inside it"
        )
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    record = read_export_record(out)
    if record is None:
        raise ConfigError(
            f"--out {out}: expected a folder that is not there, is empty or was exported before, found "
            "another; choose another one"
        )
    changed = changed_files(out, record)
    if changed:
        raise ConfigError(
            f"--out {out}: expected the folder as it was exported, {', '.join(changed)} changed since; "
            "choose another folder, or remove this one"
        )
    added = added_files(out, record)
    if added:
        raise ConfigError(
            f"--out {out}: expected nothing but what was exported, since all of the folder is replaced, "
            f"found {', '.join(added[:5])}{', ...' if len(added) > 5 else ''}; choose another folder"
        )


def _write(model: TrainedTask, export: HeadExport | VectorExport, form: str, folder: Path) -> None:
    if form == SENTENCE_TRANSFORMERS:
        assert isinstance(export, VectorExport)  # noqa: S101  see _check_form
        write_sentence_model(model, export, folder)
        return
    if form == HF:
        assert isinstance(export, HeadExport)  # noqa: S101  see _check_form
        write_model(model, export, folder)
        return
    inputs = probe(backbone_of(model.module))
    write_graph(_graph_model(model, export, folder), export, inputs, folder)


def _graph_model(model: TrainedTask, export: HeadExport | VectorExport, folder: Path) -> PreTrainedModel:
    """Model of a graph; config and tokenizer are written beside it, and no weights."""
    if isinstance(export, VectorExport):
        built = cut_encoder(backbone_of(model.module), export.layer)
    else:
        built = transformers_model(model.module, export)
    built.config.save_pretrained(folder)
    reads_special_tokens = isinstance(export, HeadExport) and export.reads_special_tokens
    save_tokenizer(
        model.tokenizer,
        folder,
        max_len=model.task.config.max_len,
        reads_special_tokens=reads_special_tokens,
        reads_words=model.task.type.reads_words,
        has_segments=backbone_of(model.module).separator is not None,
    )
    return built


def _card(
    run: SavedRun, lineage: Lineage, export: HeadExport | VectorExport, settings: ExportSettings, out: Path
) -> str:
    kind = "graph" if settings.form == ONNX else "vectors" if isinstance(export, VectorExport) else "class"
    if kind == "class" and export.pipeline in _PIPELINES:
        kind = "pipeline"
    if settings.adapter_only:
        kind = "adapter"
    usage = USAGE[kind].format(
        folder=out.name,
        pipeline=export.pipeline,
        auto_class=getattr(export, "auto_class", ""),
        base=published_name(run.config.backbone.path or ""),
        num_labels=len(getattr(export, "labels", ())) or 2,
    )
    library = {ONNX: "onnx", SENTENCE_TRANSFORMERS: SENTENCE_TRANSFORMERS}.get(settings.form, "transformers")
    return model_card(
        lineage,
        run.config.data,
        pipeline=export.pipeline,
        library="peft" if settings.adapter_only else library,
        usage=usage,
        command=settings.command,
    )


def _record(lineage: Lineage, config: TaskConfig, settings: ExportSettings) -> dict[str, Any]:
    return {
        "format": settings.form,
        "version": xtl.__version__,
        "task": config.name,
        "task_type": config.task_type,
        "phase": settings.phase,
        "cell": lineage.run.cell,
        "phase_keys": [phase["key"] for phase in lineage.phases],
        "backbone": lineage.run.backbone,
        "base_model": lineage.base_model,
        "command": settings.command,
    }
