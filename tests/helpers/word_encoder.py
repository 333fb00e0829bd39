"""An encoder with random weights whose tokens are whole words, so that it learns a tagger in seconds.

``python -m tests.helpers.word_encoder FOLDER`` writes one, which ``backbone=tiny backbone.source=hub
backbone.path=FOLDER`` reads.
"""

import sys
from pathlib import Path

from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast, XLMRobertaConfig

from xtl import pocket
from xtl.models.backbone import HFBackbone
from xtl.models.pretrained import Pretrained
from xtl.models.tokenizer import XLMR_SPECIAL_TOKENS, prepare_tokenizer

LANGS = ("en", "de", "es", "fr")
"""Languages whose words it knows; those of other languages are all one and the same to it."""

_SPECIAL = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")


def save_word_encoder(folder: Path, *, rows: int = 2_000, hidden_size: int = 32, seed: int = 0) -> None:
    """Write an XLM-R of two small blocks with random weights, and its tokenizer.

    Args:
        folder: Folder that gets both.
        rows: Rows of each split of pocket_pos whose words it knows.
        hidden_size: Width.
        seed: Seed of the weights.
    """
    words = {
        word
        for lang in LANGS
        for split in ("train", "validation", "test")
        for row in pocket.examples("pocket_pos", lang, split=split, size=rows)
        for word in row.words
    }
    vocabulary = {token: number for number, token in enumerate((*_SPECIAL, *sorted(words)))}
    model = models.WordLevel(vocabulary, unk_token="<unk>")  # noqa: S106  a token, no password
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    config = XLMRobertaConfig(
        vocab_size=len(vocabulary), hidden_size=hidden_size, num_hidden_layers=2, num_attention_heads=4,
        intermediate_size=2 * hidden_size, max_position_embeddings=130, type_vocab_size=1,
        layer_norm_eps=1e-5, pad_token_id=1, bos_token_id=0, eos_token_id=2,
    )  # fmt: skip
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=128, **XLMR_SPECIAL_TOKENS)
    folder.mkdir(parents=True, exist_ok=True)
    Pretrained(backbone=HFBackbone.from_config(config, seed=seed), tokenizer=prepare_tokenizer(fast)).save(
        folder
    )


if __name__ == "__main__":
    save_word_encoder(Path(sys.argv[1]))
