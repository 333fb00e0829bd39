"""Stateful twin of retrieval accuracy: vectors that add up over batches and processes."""

import torch
from torch import Tensor
from torchmetrics import Metric

from xtl.tasks.retrieval.search import nearest


class RetrievalAccuracy(Metric):
    """Share of translations whose nearest source in its language is their own, in [0, 100]; 0 before any."""

    is_differentiable = False
    higher_is_better = True
    full_state_update = False
    sources: list[Tensor]
    translations: list[Tensor]
    langs: list[Tensor]

    def __init__(self) -> None:
        super().__init__()
        for name in ("sources", "translations", "langs"):
            self.add_state(name, [], dist_reduce_fx="cat")

    def update(self, sources: Tensor, translations: Tensor, langs: Tensor | None = None) -> None:
        """Add pairs.

        Args:
            sources: Vectors of length 1, ``(B, H)``.
            translations: Vectors of length 1, ``(B, H)``.
            langs: Number of the language of each source, ``(B,)`` int64; ``None``: all are of one. Aligned
                sets have the same translation in each language, and only one of them can be found.
        """
        # float32: in bfloat16 thousands of cosines would be equal, and the first one would win.
        self.sources.append(sources.detach().float())
        self.translations.append(translations.detach().float())
        if langs is None:
            langs = torch.zeros(len(sources), dtype=torch.int64, device=sources.device)
        self.langs.append(langs)

    def compute(self) -> Tensor:
        """Share among all pairs so far."""
        states: list[list[Tensor] | Tensor] = [self.sources, self.translations, self.langs]
        if not len(states[0]):
            return torch.tensor(0.0)
        # One tensor each after the processes' values were put together, a list before.
        sources, translations, langs = (
            torch.cat(state) if isinstance(state, list) else state for state in states
        )
        hits = []
        for lang in sorted(set(langs.tolist())):
            rows = (langs == lang).to(sources.device)
            indices = nearest(translations[rows], sources[rows])
            hits.append(indices == torch.arange(len(indices), device=indices.device))
        return 100.0 * torch.cat(hits).float().mean()
