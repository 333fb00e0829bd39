"""From the name of a backbone to encoder and tokenizer."""

from transformers import PreTrainedTokenizerBase

from xtl.models.e5_convert import e5_small_folder
from xtl.models.pretrained import Pretrained, e5_small, hub, hub_tokenizer, tiny
from xtl.models.tiny import tiny_tokenizer
from xtl.schemas.backbone import BackboneConfig


def load_backbone(backbone: BackboneConfig) -> Pretrained:
    """Load encoder and tokenizer.

    Raises:
        BackboneError: if they are not there.
    """
    match backbone.source:
        case "e5_small":
            return e5_small()
        case "tiny":
            return tiny()
        case _:
            return hub(str(backbone.path), revision=backbone.revision)


def load_tokenizer(backbone: BackboneConfig) -> PreTrainedTokenizerBase:
    """Load the tokenizer of a backbone without its weights.

    Raises:
        BackboneError: if it is not there.
    """
    match backbone.source:
        case "e5_small":
            return hub_tokenizer(str(e5_small_folder()))
        case "tiny":
            return tiny_tokenizer()
        case _:
            return hub_tokenizer(str(backbone.path), revision=backbone.revision)
