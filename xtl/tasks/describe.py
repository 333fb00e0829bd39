"""What examples of any task look like from outside: texts, labels and lengths, for those who check data."""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence

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

_NO_LABEL = "(none)"


def texts_of(example: Example) -> Sequence[str]:
    """Give all that is read of an example; words of a sentence are joined by spaces.

    Example:
        >>> texts_of(ClassificationExample(uid="t/test/0", lang="en", first="A dog.", second=None, label="1"))
        ['A dog.']
    """
    match example:
        case TaggingExample(words=words):
            return [" ".join(words)]
        case ClassificationExample(first=first, second=second):
            return [first] if second is None else [first, second]
        case SpanQAExample(question=question, context=context):
            return [context, question]
        case MultipleChoiceExample(context=context, question=question, options=options):
            return [text for text in (context, question, *options) if text]
        case RetrievalExample(text=text, translation=translation):
            return [text, translation]
        case BitextMiningExample(text_of_id=texts, translation_of_id=translations):
            return [*texts.values(), *translations.values()]
        case MaskedLMExample(text=text):
            return [text]


def labels_in(examples: Sequence[Example]) -> Counter[str]:
    """Count labels: tags of words, classes, positions of right options, whether there is an answer.

    Returns:
        Numbers by label; of similarities and sentences, which have no classes, none.
    """
    count: Counter[str] = Counter()
    for example in examples:
        match example:
            case TaggingExample(tags=tags):
                count.update(tags)
            case ClassificationExample(label=str() as label):
                count[label] += 1
            case ClassificationExample(label=None):
                count[_NO_LABEL] += 1
            case SpanQAExample(answers=answers):
                count["answer" if answers else "no answer"] += 1
            case MultipleChoiceExample(label=label):
                count[_NO_LABEL if label is None else f"option {label}"] += 1
            case BitextMiningExample(gold=gold):
                count["pairs"] += len(gold)
            case _:
                pass
    return count


def numbers_in(examples: Sequence[Example]) -> list[float]:
    """Give the scores of examples that have a number for a label, sorted."""
    return sorted(
        float(example.label)
        for example in examples
        if isinstance(example, ClassificationExample) and isinstance(example.label, float)
    )


def length_of(example: Example, *, spaced: bool) -> int:
    """Count words, or characters of languages that are written without spaces.

    Of a tagged sentence the words count in every language; of two corpora, the longest sentence.
    """
    if isinstance(example, TaggingExample):
        return len(example.words)
    measure: Callable[[str], int] = (lambda text: len(text.split())) if spaced else len
    lengths = list(map(measure, texts_of(example)))
    return max(lengths, default=0) if isinstance(example, BitextMiningExample) else sum(lengths)


def repeated(examples: Sequence[Example]) -> list[tuple[str, str]]:
    """Find examples whose texts stood there before.

    Returns:
        The uid of each such example and that of the first one.
    """
    first: dict[Hashable, str] = {}
    repeats = []
    for example in examples:
        texts = tuple(texts_of(example))
        if texts in first:
            repeats.append((example.uid, first[texts]))
        else:
            first[texts] = example.uid
    return repeats
