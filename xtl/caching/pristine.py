"""Weights of an encoder as they were loaded, without a second copy of them in memory."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor
from transformers import PreTrainedModel
from transformers.utils.hub import cached_file

from xtl.errors import BackboneError
from xtl.models import HFBackbone, inner_units, set_inner_units

_ONE_FILE, _INDEX = "model.safetensors", "model.safetensors.index.json"


class PristineWeights:
    """Weights of an encoder as they are now, to be put back after training.

    Those that stand in its files, number for number, are read from there when they are asked for; only the
    others are copied.

    Attributes:
        num_copied: Bytes of those that are copied.
    """

    def __init__(self, backbone: HFBackbone) -> None:
        """Look where the weights stand.

        Args:
            backbone: Encoder as it was loaded.
        """
        state = backbone.state_dict()
        self._units = inner_units(backbone)
        self._names_in_files = _names_in_files(state, _weight_files(backbone.encoder))
        from_files = {name for names in self._names_in_files.values() for name in names}
        self._copies = {name: weight.clone() for name, weight in state.items() if name not in from_files}
        self.num_copied = sum(weight.nbytes for weight in self._copies.values())

    def put_back(self, backbone: HFBackbone) -> None:
        """Give the encoder these weights, whatever was trained into it; its parameters stay the same objects.

        Raises:
            BackboneError: if a file is no longer there.
        """
        set_inner_units(backbone, self._units)  # an adapter left wider blocks
        state = backbone.state_dict()
        expected = self._copies.keys() | {name for names in self._names_in_files.values() for name in names}
        if others := sorted(state.keys() ^ expected):
            raise BackboneError(
                "expected an encoder with the weights it was loaded with, got others: "
                f"{', '.join(others[:3])}"
            )
        for name, weight in self._copies.items():
            state[name].copy_(weight)
        for path, names in self._names_in_files.items():
            try:
                with safe_open(path, framework="pt") as file:
                    for name, name_in_file in names.items():
                        state[name].copy_(file.get_tensor(name_in_file))
            except (OSError, SafetensorError) as error:
                raise BackboneError(
                    f"{path}: expected the weights of the encoder that this process trains, got: {error}; "
                    "start it again when the file is there"
                ) from error


def _names_in_files(state: Mapping[str, Tensor], paths: Iterable[Path]) -> dict[Path, dict[str, str]]:
    """Names in files of those weights that stand there as they are, by file and by name of the weight."""
    found: dict[Path, dict[str, str]] = defaultdict(dict)
    missing = set(state)
    for path in paths:
        with safe_open(path, framework="pt") as file:
            # A file of an encoder with a head has them under the encoder's name, such as roberta.
            by_end = {name.partition(".")[2]: name for name in file.keys()}  # noqa: SIM118  no mapping
            by_end |= {name: name for name in file.keys()}  # noqa: SIM118
            for name in sorted(missing):
                name_in_file = by_end.get(name.removeprefix("encoder."))
                if name_in_file is not None and _is_same(state[name], file.get_tensor(name_in_file)):
                    found[path][name] = name_in_file
                    missing.remove(name)
    return dict(found)


def _is_same(weight: Tensor, stored: Tensor) -> bool:
    return weight.shape == stored.shape and torch.equal(weight, stored.to(weight.dtype))


def _weight_files(encoder: PreTrainedModel) -> list[Path]:
    """Files of safetensors that an encoder was loaded from, as far as they are known."""
    name = encoder.name_or_path
    if not name:
        return []
    if Path(name).is_dir():
        return sorted(Path(name).glob("*.safetensors"))
    index = _in_cache(encoder, _INDEX)
    names = [_ONE_FILE]
    if index is not None:
        names = sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))
    return [path for name in names if (path := _in_cache(encoder, name)) is not None]


def _in_cache(encoder: PreTrainedModel, name: str) -> Path | None:
    """File of a repository in the hub's cache, of the commit that the encoder is of."""
    path = cached_file(
        str(encoder.name_or_path),
        name,
        revision=getattr(encoder.config, "_commit_hash", None),
        local_files_only=True,
        _raise_exceptions_for_missing_entries=False,
        _raise_exceptions_for_connection_errors=False,
    )
    return None if path is None else Path(path)
