"""Features of examples that become several sequences."""

from types import SimpleNamespace

from xtl.tasks.bitext_mining.encode import different_sentences, encode_bitext_mining
from xtl.tasks.multiple_choice.encode import encode_multiple_choice
from xtl.tasks.retrieval.encode import encode_retrieval, encode_sequences
from xtl.tasks.retrieval.types import RetrievalSequence
from xtl.types import IGNORE, BitextMiningExample, MultipleChoiceExample, RetrievalExample


def question(row: int, *options: str, label: int | None) -> MultipleChoiceExample:
    return MultipleChoiceExample(
        uid=f"t/{row}", lang="en", context="c", question="q", options=options, label=label
    )


def test_questions_may_have_different_numbers_of_options():
    examples = [question(0, "a", "b", label=1), question(1, "a", "b", "c", label=None)]
    first, second = encode_multiple_choice(examples, [[1], [1, 2], [3, 4, 5], [3, 4], [3]])
    assert (first["id"], second["id"]) == (examples[0].id, examples[1].id)
    assert [sequence.input_ids for sequence in first["sequences"]] == [[1], [1, 2]]
    assert [sequence.input_ids for sequence in second["sequences"]] == [[3, 4, 5], [3, 4], [3]]
    assert (first["input_ids"], second["input_ids"]) == ([1, 2], [3, 4, 5])
    assert (first["label"], second["label"]) == (1, IGNORE)


def test_the_longest_of_both_sides_stands_for_a_pair():
    example = RetrievalExample(uid="t/0", lang="de", text="x", translation="y")
    encoding = SimpleNamespace(ids=[0, 5, 2], special_tokens_mask=[1, 0, 1])
    text = list(encode_sequences([encoding], special_tokens=True))
    other = SimpleNamespace(ids=[0, 6, 7, 2], special_tokens_mask=[1, 0, 0, 1])
    translation = list(encode_sequences([other], special_tokens=False, side=1, view=2))
    (feature,) = encode_retrieval([example], zip(text, translation, strict=True))
    assert feature["sequences"] == [
        RetrievalSequence(0, 0, [0, 5, 2], [1, 1, 1]),
        RetrievalSequence(1, 2, [0, 6, 7, 2], [0, 1, 1, 0]),
    ]
    assert feature["input_ids"] == [0, 6, 7, 2]


def test_each_different_sentence_of_a_corpus_is_a_group_of_its_own():
    example = BitextMiningExample(
        uid="t/0",
        lang="de",
        text_of_id={"1": "b", "2": "a", "3": "b"},
        translation_of_id={"9": "z"},
        gold=frozenset({("1", "9")}),
    )
    assert different_sentences(example, 0) == ["b", "a"]
    assert different_sentences(example, 1) == ["z"]
    sequences = [RetrievalSequence(0, 0, [number], [1]) for number in (5, 6)]
    features = list(encode_bitext_mining(example, ["b", "a"], sequences))
    assert [feature["name"] for feature in features] == ["b", "a"]
    assert {feature["id"] for feature in features} == {example.id}
    assert len({feature["group"] for feature in features}) == 2
