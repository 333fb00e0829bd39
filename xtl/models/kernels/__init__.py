"""What an encoder computes most often: on a CPU faster than torch does it, on a GPU passes as CUDA graphs.

It may import torch, transformers and :mod:`xtl.errors`, and nothing else of xtl.
"""

from xtl.models.kernels.dropout import Dropout
from xtl.models.kernels.flat_encoder import weights_kept
from xtl.models.kernels.switch import use_kernels

__all__ = ["Dropout", "use_kernels", "weights_kept"]
