"""Examples of every task as text that a person reads at a glance."""

from collections.abc import Sequence

from xtl.types import (
    BitextMiningExample,
    ClassificationExample,
    Example,
    MaskedLMExample,
    MultipleChoiceExample,
    RetrievalExample,
    SpanQAExample,
    TaggingExample,
)

_PAIRS_SHOWN = 5


def render(example: Example) -> str:
    """Lay one example out in a few lines; answers stand between guillemets, the right option behind an arrow.

    Example:
        >>> words, tags = ("Maria", "sleeps", "."), ("B-PER", "O", "O")
        >>> print(render(TaggingExample(uid="x/test/0", lang="en", words=words, tags=tags)))
        x/test/0 [en]
          Maria/B-PER sleeps .
    """
    return "\n  ".join([f"{example.uid} [{example.lang}]", *_lines(example)])


def plain_text(example: Example) -> str:
    """Give the text of an example alone, on one line, for reading languages side by side."""
    return " | ".join(_texts(example))


def _lines(example: Example) -> Sequence[str]:
    match example:
        case TaggingExample(words=words, tags=tags):
            return [" ".join(_tagged(word, tag) for word, tag in zip(words, tags, strict=True))]
        case ClassificationExample(first=first, second=second, label=label):
            return [first, *([] if second is None else [second]), f"label: {label}"]
        case SpanQAExample():
            return _span_lines(example)
        case MultipleChoiceExample(context=context, question=question, options=options, label=label):
            marked = [f"{'->' if at == label else '  '} {option}" for at, option in enumerate(options)]
            return [context, question, *marked]
        case RetrievalExample(text=text, translation=translation):
            return [text, translation]
        case BitextMiningExample(text_of_id=texts, translation_of_id=translations, gold=gold):
            pairs = [f"{texts[a]}  =  {translations[b]}" for a, b in sorted(gold)[:_PAIRS_SHOWN]]
            return [f"{len(texts):,} x {len(translations):,} sentences, {len(gold):,} pairs, such as", *pairs]
        case MaskedLMExample(text=text):
            return [text]


def _span_lines(example: SpanQAExample) -> list[str]:
    context, answers = example.context, example.answers
    if not answers:
        return [context, example.question, "no answer"]
    start, end = answers[0].start, answers[0].start + len(answers[0].text)
    marked = f"{context[:start]}«{context[start:end]}»{context[end:]}"
    return [marked, example.question, f"answer: {answers[0].text} (characters {start} to {end})"]


def _tagged(word: str, tag: str) -> str:
    return word if tag == "O" else f"{word}/{tag}"


def _texts(example: Example) -> Sequence[str]:
    match example:
        case TaggingExample(words=words):
            return [" ".join(words)]
        case ClassificationExample(first=first, second=second):
            return [first] if second is None else [first, second]
        case SpanQAExample(question=question, answers=answers):
            return [question, *(answer.text for answer in answers)]
        case MultipleChoiceExample(question=question, options=options):
            return [question, *options]
        case RetrievalExample(text=text) | MaskedLMExample(text=text):
            return [text]
        case BitextMiningExample(text_of_id=texts):
            return list(texts.values())[:1]
