"""Hashes of weights."""

import hashlib

from xtl.models.backbone import HFBackbone


def weights_digest(backbone: HFBackbone) -> str:
    """Hash the names and values of all weights of an encoder, and of the output layer that came with it."""
    digest = hashlib.sha256()
    for name, weight in sorted({**backbone.state_dict(), **(backbone.language_head or {})}.items()):
        digest.update(name.encode("utf-8"))
        digest.update(memoryview(weight.detach().cpu().contiguous().numpy()).cast("B"))
    return digest.hexdigest()
