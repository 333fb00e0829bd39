"""Vectors of sentences: xtl's, or those that sentence-transformers makes of the folder that xtl exports."""

import resource
import time
from collections.abc import Callable, Sequence
from shutil import rmtree
from typing import Any

from tests.benchmarks.processes import Setting

SENTENCES = 2000
"""Of pocket, in ten languages, as many as both sides of a set of Tatoeba; a few are embedded beforehand."""

_FIRST = 20


def embed(count: int, setting: Setting, *, library: str = "") -> dict[str, Any]:
    """Sentences a second, tokenising included.

    Args:
        count: Number of sentences.
        setting: Folder, and the precision.
        library: Precision of sentence-transformers; empty: xtl embeds, in the setting's.
    """
    import torch

    from tests.helpers.exports import exported
    from xtl.models.load import load_backbone
    from xtl.training.device import pick_precision

    precision = pick_precision(setting.precision, torch.device("cpu"))
    if library == "bf16-mixed" != precision:
        return {"skipped": f"xtl computes in {precision}"}
    folder = setting.folder / "work" / f"embedding-{library or 'xtl'}"
    rmtree(folder, ignore_errors=True)  # sentence-transformers does not write over what a round before left
    folder.mkdir(parents=True)
    way = ("target.embedding.layer=last", "target.embedding.pooling=mean")
    model, export, _ = exported("pocket_retrieval", folder, *way, pretrained=load_backbone("e5_small"))
    texts = sentences(count)
    if library:
        vectors_of = _library_encoder(model, export, folder, library)
    else:
        vectors_of = _xtl_encoder(model, precision)
    vectors_of(texts[:_FIRST])
    begin = time.perf_counter()
    vectors = vectors_of(texts)
    seconds = time.perf_counter() - begin
    return {
        "rate": count / seconds,
        "seconds": seconds,
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "precision": library or precision,
        "vector": [float(number) for number in vectors[0]],
    }


def sentences(count: int) -> list[str]:
    """Sentences of pocket, the languages in turn.

    Example:
        >>> len(sentences(7))
        7
    """
    from xtl import pocket

    each = -(-count // len(pocket.LANGUAGES))
    rows = [pocket.examples("pocket_pos", lang, split="train", size=each) for lang in pocket.LANGUAGES]
    return [" ".join(example.words) for some in zip(*rows, strict=True) for example in some][:count]


def _xtl_encoder(model: Any, precision: str) -> Callable[[Sequence[str]], Sequence[Sequence[float]]]:
    import torch

    from xtl.modules.inference import predict
    from xtl.tasks.loaders import evaluation_loader
    from xtl.tasks.retrieval.types import Sentence

    def vectors_of(texts: Sequence[str]) -> Sequence[Sequence[float]]:
        examples = [Sentence(uid=f"s{number}", lang="", text=text) for number, text in enumerate(texts)]
        features = model.task.raw_features(examples, model.tokenizer)
        loader = evaluation_loader(model.task, features, pad_id=model.tokenizer.pad_token_id, max_tokens=1024)
        batches = predict(model.module, loader, device=torch.device("cpu"), precision=precision)
        predictions = [prediction for batch, _ in batches for prediction in batch]
        return [record["vector"] for record in model.task.records(examples, predictions, 0.0)]

    return vectors_of


def _library_encoder(
    model: Any, export: Any, folder: Any, precision: str
) -> Callable[[Sequence[str]], Sequence[Sequence[float]]]:
    import torch
    from sentence_transformers import SentenceTransformer

    from xtl.export.sentence_folder import write_sentence_model

    write_sentence_model(model, export, folder)
    kind = {"32-true": torch.float32, "bf16-mixed": torch.bfloat16}[precision]
    encoder = SentenceTransformer(str(folder), device="cpu", model_kwargs={"dtype": kind})

    def vectors_of(texts: Sequence[str]) -> Sequence[Sequence[float]]:
        vectors: Sequence[Sequence[float]] = encoder.encode(list(texts), show_progress_bar=False)
        return vectors

    return vectors_of
