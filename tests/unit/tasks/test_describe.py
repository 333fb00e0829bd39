"""What examples look like from outside."""

from xtl.tasks.describe import label_counts, render, repeated, sorted_numbers
from xtl.types import Answer, ClassificationExample, MultipleChoiceExample, SpanQAExample, TaggingExample


def pair(row: int, first: str, label: str | float | None) -> ClassificationExample:
    return ClassificationExample(uid=f"t/{row}", lang="en", first=first, second=None, label=label)


def test_labels_and_numbers_of_classes_and_scores():
    examples = [
        pair(0, "a", "yes"),
        pair(1, "b", None),
        pair(2, "c", "yes"),
        pair(3, "d", 0.5),
        pair(4, "e", -1.0),
    ]
    assert label_counts(examples) == {"yes": 2, "(none)": 1}
    assert sorted_numbers(examples) == [-1.0, 0.5]


def test_texts_that_stood_there_before():
    examples = [pair(0, "a", "x"), pair(1, "b", "x"), pair(2, "a", "y")]
    assert repeated(examples) == [("t/2", "t/0")]


def test_words_count_in_every_language_where_the_file_has_parted_them():
    sentence = TaggingExample(uid="t/0", lang="zh", words=("Mali", "shui"), tags=("NOUN", "VERB"))
    assert sentence.length(spaced=False) == sentence.length(spaced=True) == 2
    assert (pair(0, "two words", None).length(spaced=True), pair(0, "word", None).length(spaced=False)) == (
        2,
        4,
    )


def test_answers_and_right_options_are_marked():
    question = SpanQAExample(
        uid="t/0", lang="en", context="Anna sleeps.", question="Who?", answers=(Answer(text="Anna", start=0),)
    )
    assert render(question).splitlines()[1:] == [
        "  \u00abAnna\u00bb sleeps.", "  Who?", "  answer: Anna (characters 0 to 4)"
    ]  # fmt: skip
    assert question.summary == "Who? | Anna"
    choice = MultipleChoiceExample(
        uid="t/1", lang="en", context="Anna sleeps.", question="", options=("no", "yes"), label=1
    )
    assert render(choice).splitlines()[-2:] == ["     no", "  -> yes"]
    assert choice.texts == ["Anna sleeps.", "no", "yes"]
