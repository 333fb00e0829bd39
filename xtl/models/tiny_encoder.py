"""A random encoder of a few thousand weights with a real tokenizer: for tests and for trying a set-up out."""

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import PreTrainedTokenizerBase, PreTrainedTokenizerFast, XLMRobertaConfig

from xtl.models.backbone import HFBackbone
from xtl.models.tokenizer import XLMR_SPECIAL_TOKENS, prepare_tokenizer

_SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")


_RANGES = (
    (0x21, 0x24F),  # Latin
    (0x370, 0x3FF),  # Greek
    (0x400, 0x4FF),  # Cyrillic
    (0x600, 0x6FF),  # Arabic
    (0x900, 0x97F),  # Devanagari
)


def tiny_tokenizer() -> PreTrainedTokenizerBase:
    """Make a Unigram tokenizer of single characters, with bytes for what it has no character for.

    Ids of the special tokens, normalisation and template are XLM-R's.
    """
    tokenizer = Tokenizer(models.Unigram(_pieces(), unk_id=3, byte_fallback=True))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")]
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return prepare_tokenizer(
        PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=512, **XLMR_SPECIAL_TOKENS)
    )


def _pieces() -> list[tuple[str, float]]:
    """Vocabulary in the order of its ids, with scores."""
    # Equal scores a character, and bytes far below: bytes are taken only where there is no character.
    pieces = [(token, 0.0) for token in _SPECIAL]
    pieces.append(("▁", -2.0))
    pieces += [(chr(code), -5.0) for first, last in _RANGES for code in range(first, last + 1)]
    pieces += [(f"<0x{byte:02X}>", -20.0) for byte in range(256)]
    pieces.append(("<mask>", 0.0))
    return pieces


def tiny_backbone(*, hidden_size: int = 32, num_layers: int = 2, seed: int = 0) -> HFBackbone:
    """Build an XLM-R of ``num_layers`` blocks with random weights that depend on ``seed`` alone."""
    config = XLMRobertaConfig(
        vocab_size=len(_pieces()),  # as many as the tokenizer has
        hidden_size=hidden_size,
        num_hidden_layers=num_layers,
        num_attention_heads=4,
        intermediate_size=2 * hidden_size,
        max_position_embeddings=514,  # 512 tokens: XLM-R counts positions from 2
        type_vocab_size=1,
        layer_norm_eps=1e-5,
        pad_token_id=1,
        bos_token_id=0,
        eos_token_id=2,
    )
    return HFBackbone.from_config(config, seed=seed)
