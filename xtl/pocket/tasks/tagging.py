"""pocket_pos, pocket_ner and pocket_text: sentences with parts of speech, with entities, or as they are."""

from xtl.pocket.draw import draw
from xtl.pocket.meaning import Meaning
from xtl.pocket.rng import Rng
from xtl.pocket.text import paragraph, say
from xtl.types import MaskedLMExample, SplitName, TaggingExample

Plan = tuple[Meaning, ...]


def plan_sentence(rng: Rng, split: SplitName) -> Plan:
    """Draw one sentence."""
    return (draw(rng, split),)


def plan_text(rng: Rng, split: SplitName) -> Plan:
    """Draw a line of one to four sentences."""
    return tuple(draw(rng, split) for _ in range(1 + rng.below(4)))


def pos(plan: Plan, lang: str, uid: str) -> TaggingExample:
    """The words with their parts of speech."""
    tokens = say(plan[0], lang).tokens
    words, tags = tuple(token.form for token in tokens), tuple(token.upos for token in tokens)
    return TaggingExample(uid=uid, lang=lang, words=words, tags=tags)


def ner(plan: Plan, lang: str, uid: str) -> TaggingExample:
    """The words with their entities, IOB2."""
    tokens = say(plan[0], lang).tokens
    words, tags = tuple(token.form for token in tokens), tuple(token.entity for token in tokens)
    return TaggingExample(uid=uid, lang=lang, words=words, tags=tags)


def text(plan: Plan, lang: str, uid: str) -> MaskedLMExample:
    """A line of text."""
    return MaskedLMExample(
        uid=uid, lang=lang, text=paragraph([say(meaning, lang) for meaning in plan], lang)[0]
    )
