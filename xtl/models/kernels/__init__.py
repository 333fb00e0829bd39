"""What an encoder computes most often: on a CPU faster than torch does it, on a GPU passes as CUDA graphs.

- :mod:`~xtl.models.kernels.flat_encoder`: which encoders and passes are computed without padding on a CPU;
  their blocks (``plain_blocks``) in training (``trained_blocks``: a batch or its halves; ``block_parts``:
  what each computes; ``linear_gradients``) and in evaluation in bfloat16 (``evaluated_blocks``), their
  attention (``weighted_sums``), where their tokens stand (``layout``), which are read (``reading``);
- :mod:`~xtl.models.kernels.core_threads`: threads for halves of a batch, and for batches of an evaluation;
- :mod:`~xtl.models.kernels.attention` and :mod:`~xtl.models.kernels.dropout`: for the layers of others;
- :mod:`~xtl.models.kernels.cuda`: training passes on a GPU;
- :mod:`~xtl.models.kernels.switch`: on and off.

In evaluation in 32 bits torch's own functions compute, so that a trained encoder computes in any other
program what it computes here, bit for bit.

It may import torch, transformers, :mod:`xtl.errors` and :mod:`xtl.threads`, and nothing else of xtl.
"""

from xtl.models.kernels.dropout import Dropout
from xtl.models.kernels.flat_encoder import is_all_flat, weights_kept
from xtl.models.kernels.switch import use_kernels

__all__ = ["Dropout", "is_all_flat", "use_kernels", "weights_kept"]
