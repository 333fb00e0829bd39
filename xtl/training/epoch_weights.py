"""Weights of the epochs that selections take: small ones in memory until a checkpoint needs their files."""

from collections.abc import Collection, Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from xtl.atomic import atomic_write
from xtl.digest import file_digest

_MOST_HELD = 1 << 28
"""Bytes of weights to hold in memory. Beside an epoch of a larger encoder a file takes a short time."""


class EpochWeights:
    """Weights by epoch, in memory or in files of one folder.

    Most fits of a small sweep end before their first checkpoint, and need no files at all. A fit that has had
    one is a long one, whose later weights are written at once: a signal leaves little time for them.

    Attributes:
        digests: Hash of the file of an epoch, of those that were written.
    """

    def __init__(self, folder: Path, *, holds: bool = True) -> None:
        """No weights yet.

        Args:
            folder: Folder of the files.
            holds: Whether weights may stay in memory, where other processes do not find them.
        """
        self.digests: dict[int, str] = {}
        self._folder = folder
        self._most_held = _MOST_HELD if holds else 0
        self._held: dict[int, dict[str, Tensor]] = {}

    def __contains__(self, epoch: int) -> bool:
        """Whether there are weights of an epoch that this process, or one that it goes on from, has put.

        A file without a hash is of a process that was killed: on a GPU its weights may be others.
        """
        return epoch in self._held or epoch in self.digests

    def put(self, epoch: int, weights: Mapping[str, Tensor], *, needed: Collection[int]) -> None:
        """Keep a copy of the weights of an epoch.

        Args:
            epoch: Number of the epoch, from 1.
            weights: Weights to copy, as they are now.
            needed: Epochs that are still needed; others are not held in memory any more.
        """
        copies: dict[str, Tensor] = {}
        for other in [other for other in self._held if other == epoch or other not in needed]:
            copies = self._held.pop(other)
        num_held = sum(_num_bytes(other) for other in self._held.values())
        if num_held + _num_bytes(weights) > self._most_held:
            self._write(epoch, weights)
            return
        if _shapes(copies) != _shapes(weights):  # else memory that was used before: new memory costs more
            copies.clear()
            copies = {name: torch.empty_like(weight) for name, weight in weights.items()}
        for name, weight in weights.items():
            copies[name].copy_(weight)
        self._held[epoch] = copies

    def get(self, epoch: int) -> Mapping[str, Tensor]:
        """Weights of an epoch.

        Raises:
            FileNotFoundError: if there are none.
        """
        if epoch in self._held:  # a file may be of a process that was killed
            return self._held[epoch]
        return load_file(self.path(epoch))

    def write(self) -> None:
        """Write the weights that are held, and hold none from now on."""
        self._most_held = 0
        while self._held:
            epoch = next(iter(self._held))
            self._write(epoch, self._held[epoch])
            del self._held[epoch]

    def forget(self) -> None:
        """Hold no weights: nobody asks for them any more."""
        self._held.clear()

    def prune(self, needed: Collection[int]) -> None:
        """Remove files of epochs that are not needed."""
        for path in self._folder.glob("epoch-*.safetensors"):
            epoch = int(path.stem.removeprefix("epoch-"))
            if epoch not in needed:
                path.unlink()
                self.digests.pop(epoch, None)

    def faults(self, epochs: Collection[int], digests: Mapping[int, str]) -> list[str]:
        """What is wrong with the files of some epochs.

        Args:
            epochs: Epochs whose files there must be.
            digests: Hashes of the files, as far as they are known.
        """
        faults = []
        for epoch in sorted(epochs):
            path = self.path(epoch)
            if not path.is_file():
                faults.append(f"{path.name} beside it is missing")
            elif epoch in digests and file_digest(path) != digests[epoch]:
                faults.append(f"{path.name} beside it is not what was written")
        return faults

    def path(self, epoch: int) -> Path:
        """File of the weights of an epoch."""
        return self._folder / f"epoch-{epoch}.safetensors"

    def _write(self, epoch: int, weights: Mapping[str, Tensor]) -> None:
        with atomic_write(self.path(epoch)) as temporary:
            save_file(dict(weights), temporary)
        self.digests[epoch] = file_digest(self.path(epoch))


def _num_bytes(weights: Mapping[str, Tensor]) -> int:
    return sum(weight.nbytes for weight in weights.values())


def _shapes(weights: Mapping[str, Tensor]) -> dict[str, tuple[torch.Size, torch.dtype]]:
    return {name: (weight.shape, weight.dtype) for name, weight in weights.items()}
