"""Vectors of sentences for other libraries."""

from xtl.schemas.backbone import EmbeddingConfig
from xtl.tasks.base import Task
from xtl.tasks.exported import VectorExport
from xtl.tasks.retrieval.module import SentenceEncoder


def vector_export(task: Task, module: SentenceEncoder) -> VectorExport:
    """Way in which a task makes its vectors, the first one where it has several.

    Args:
        task: Task whose config has the resolved way of embedding.
        module: Encoder.
    """
    view: EmbeddingConfig = task.config.embedding  # type: ignore[attr-defined]  # types that embed have it
    embedding = module.embeddings[0]
    return VectorExport(
        layer=embedding.layer,
        pooling=embedding.pooling,
        special_tokens=bool(view.special_tokens),
        prefix=str(view.prefix),
    )
