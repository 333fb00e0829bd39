"""Encoders with random weights and segments, with a tokenizer like BERT's."""

from pathlib import Path

from transformers import BertConfig, BertTokenizerFast, PreTrainedConfig

from xtl.models import HFBackbone

SIZES = {"num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 16, "hidden_size": 8}


def bert_tokenizer(folder: Path) -> BertTokenizerFast:
    """Tokenizer of letters and a few hundred words."""
    folder.mkdir(parents=True, exist_ok=True)
    letters = "abcdefghijklmnopqrstuvwxyz"
    parts = [*letters, *(f"##{letter}" for letter in letters), *(f"word{number}" for number in range(300))]
    file = folder / "vocab.txt"
    file.write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *parts]), encoding="utf-8")
    return BertTokenizerFast(vocab=str(file), vocab_file=str(file))


def save_encoder(
    folder: Path, config_class: type[PreTrainedConfig] = BertConfig, **settings: object
) -> BertTokenizerFast:
    """Write an encoder and its tokenizer as the hub has them; give the tokenizer."""
    tokenizer = bert_tokenizer(folder)
    config = config_class(vocab_size=len(tokenizer), pad_token_id=0, **(settings or SIZES))
    HFBackbone.from_config(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return tokenizer
