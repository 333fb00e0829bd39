"""Stateful twin of retrieval accuracy: vectors that add up over batches and processes."""

import torch
from torch import Tensor
from torchmetrics import Metric

from xtl.tasks.retrieval.search import nearest


class RetrievalAccuracy(Metric):
    """Share of translations whose nearest source is their own, in [0, 100]; 0 before any."""

    is_differentiable = False
    higher_is_better = True
    full_state_update = False
    sources: list[Tensor]
    translations: list[Tensor]

    def __init__(self) -> None:
        super().__init__()
        for name in ("sources", "translations"):
            self.add_state(name, [], dist_reduce_fx="cat")

    def update(self, sources: Tensor, translations: Tensor) -> None:
        """Add pairs of vectors of length 1, ``(B, H)`` each."""
        # float32: in bfloat16 thousands of cosines would be equal, and the first one would win.
        self.sources.append(sources.detach().float())
        self.translations.append(translations.detach().float())

    def compute(self) -> Tensor:
        """Share among all pairs so far."""
        sides: list[list[Tensor] | Tensor] = [self.sources, self.translations]
        if not len(sides[0]):
            return torch.tensor(0.0)
        # One tensor a side after the processes' values were put together, a list before.
        sources, translations = (torch.cat(side) if isinstance(side, list) else side for side in sides)
        indices = nearest(translations, sources)
        return 100.0 * (indices == torch.arange(len(indices), device=indices.device)).float().mean()
