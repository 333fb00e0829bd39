"""pocket_qa and pocket_choice: a short paragraph about a few people, and a question about it."""

from dataclasses import replace
from collections.abc import Sequence
from typing import NamedTuple

from xtl.pocket.concepts import NAMES, NOUNS
from xtl.pocket.draw import ANY_KIND, CITIES, HOMES, OBJECTS, PEOPLE, Wish, can_ask, draw_clause, draw_linked
from xtl.pocket.meaning import Clause, Link, Meaning, Place, Question, Thing, split_of
from xtl.pocket.relation import converse, facts, fits
from xtl.pocket.rng import Rng
from xtl.pocket.text import paragraph, say
from xtl.pocket.variants import sensible
from xtl.types import Answer, ChoiceExample, SpanExample, Split

_KINDS = (*(kind for kind in ANY_KIND if kind != "adjective"), "adjective")
_LINKS: tuple[Link, ...] = ("and", "and", "because")
_ROLES: tuple[Question, ...] = ("subject", "object", "place", "time")


class Story(NamedTuple):
    """A paragraph, a question, and the sentence and the role that answer it (``None``: nothing does)."""

    meanings: tuple[Meaning, ...]
    question: Meaning
    sentence: int | None
    role: str


class Choice(NamedTuple):
    """A paragraph, a question, four statements, and which of them is true."""

    meanings: tuple[Meaning, ...]
    question: Meaning
    options: tuple[Clause, ...]
    label: int


def plan_qa(rng: Rng, split: Split) -> Story:
    """Draw a paragraph of three to eight sentences and a question; one in five has no answer."""
    open_ = rng.chance(20)
    while True:
        meanings = _tell(rng, split, 3 + rng.below(6))
        found = _ask(rng, split, meanings)
        if found is None:
            continue
        if not open_:
            return found
        question = _unanswered(rng, split, found)
        if question is not None:
            return Story(meanings, question, None, "")


def _tell(rng: Rng, split: Split, size: int) -> tuple[Meaning, ...]:
    people = tuple(rng.shuffled(PEOPLE)[:4])
    wish = Wish(kinds=_KINDS, people=people, negative=10, names=80, rich=False, extras=60)
    linked = [rng.chance(15) for _ in range(size)]
    return tuple(
        draw_linked(rng, split, rng.choice(_LINKS), wish) if link else Meaning(draw_clause(rng, split, wish))
        for link in linked
    )


def _ask(rng: Rng, split: Split, meanings: tuple[Meaning, ...]) -> Story | None:
    """A question that one clause of the paragraph answers, and no other; ``None`` where none was found."""
    told = [fact for meaning in meanings for fact in facts(meaning)]
    for sentence in rng.shuffled(range(len(meanings))):
        meaning = meanings[sentence]
        for prefix, clause in (("", meaning.clause), ("other.", meaning.other)):
            if clause is None:
                continue
            for role in rng.shuffled(_ROLES):
                if can_ask(clause, role) and len(_answering(told, clause, role)) == 1:
                    question = Meaning(_shortened(rng, told, clause, role), question=role)
                    if split_of(question.clause) == split:
                        return Story(meanings, question, sentence, prefix + role)
    return None


def _answering(told: Sequence[Clause], clause: Clause, role: Question) -> list[Clause]:
    """The clauses that say who or what fills the role in such an event."""
    found = []
    for fact in told:
        for side in (fact, converse(fact)):
            if side is None or side.negative or not getattr(side, role):
                continue
            if fits(replace(side, **{role: getattr(clause, role)}), clause):
                found.append(fact)
                break
    return found


def _shortened(rng: Rng, told: Sequence[Clause], clause: Clause, role: Question) -> Clause:
    """The clause without what the question need not repeat."""
    clause = replace(clause, fronted=False)
    for field in ("manner", "time", "place"):
        needed = field == role or (field == "place" and clause.predicate in ("be", "live", "go", "come", "return", "travel"))
        if needed or not getattr(clause, field) or rng.chance(40):
            continue
        shorter = replace(clause, **{field: None if field == "place" else ""})
        if len(_answering(told, shorter, role)) == 1:
            clause = shorter
    return clause


def _unanswered(rng: Rng, split: Split, story: Story) -> Meaning | None:
    """The question about somebody or something else in the paragraph, where nothing answers that."""
    told = [fact for meaning in story.meanings for fact in facts(meaning)]
    clause, role = story.question.clause, story.question.question
    for _ in range(8):
        if role == "subject":
            others = [fact.object for fact in told if fact.object is not None and fact.object.head in _siblings(clause)]
            other = replace(clause, object=rng.choice(others)) if others else clause
        else:
            other = replace(clause, subject=rng.choice([fact.subject for fact in told if fact.subject.head in PEOPLE] or [clause.subject]))
        if other != clause and sensible(other) and split_of(other) == split and not _answering(told, other, role):
            return Meaning(other, question=role)
    return None


def _siblings(clause: Clause) -> tuple[str, ...]:
    return OBJECTS.get(clause.predicate, ())


def plan_choice(rng: Rng, split: Split) -> Choice:
    """Draw a paragraph, a question and four answers of which one is true."""
    while True:
        meanings = _tell(rng, split, 3 + rng.below(3))
        story = _ask(rng, split, meanings)
        if story is None or story.question.question == "time":
            continue
        told = [fact for meaning in meanings for fact in facts(meaning)]
        wrong = _wrong(rng, split, story, told)
        if len(wrong) < 3:
            continue
        true = story.question.clause
        options = rng.shuffled([true, *wrong[:3]])
        return Choice(meanings, story.question, tuple(options), options.index(true))


def _wrong(rng: Rng, split: Split, story: Story, told: Sequence[Clause]) -> list[Clause]:
    """The true answer with something else in the role; what the paragraph mentions comes first."""
    clause, role = story.question.clause, story.question.question
    found: list[Clause] = []
    for other in (*_fillers(rng, clause, role, told), *_new_fillers(rng, clause, role)):
        option = replace(clause, **{role: other})
        if option == clause or option in found or not sensible(option) or split_of(option) != split:
            continue
        if not any(fits(fact, option) for fact in told if not fact.negative):
            found.append(option)
    return found


def _fillers(rng: Rng, clause: Clause, role: str, told: Sequence[Clause]) -> list[Thing | Place]:
    values = [getattr(fact, role) for fact in told]
    values = [value for value in values if value is not None]
    if role == "place" and clause.place is not None:
        values = [value for value in values if value.relation == clause.place.relation]
    if role == "subject":
        values = [value for value in values if value.head in PEOPLE]
    if role == "object":
        values = [value for value in values if value.head in _siblings(clause) and value.head in NOUNS]
    return rng.shuffled(values)


def _new_fillers(rng: Rng, clause: Clause, role: str) -> list[Thing | Place]:
    if role == "subject":
        return [Thing(head) for head in rng.shuffled(PEOPLE)[:8]]
    if role == "object" and clause.object is not None:
        heads = [head for head in _siblings(clause) if head not in NAMES and not NOUNS[head].mass]
        return [Thing(head, definite=False) for head in rng.shuffled(heads)[:12]]
    if clause.place is None:
        return []
    return [Place(clause.place.relation, Thing(head)) for head in rng.shuffled((*CITIES, *HOMES))[:8]]


def qa(plan: Story, lang: str, uid: str) -> SpanExample:
    """Say the paragraph and the question, and find the answer in the paragraph."""
    sentences = [say(meaning, lang) for meaning in plan.meanings]
    context, starts = paragraph(sentences, lang)
    answers: tuple[Answer, ...] = ()
    if plan.sentence is not None:
        start, end = sentences[plan.sentence].span(plan.role)
        text = sentences[plan.sentence].text[start:end]
        answers = (Answer(text=text, start=starts[plan.sentence] + start),)
    return SpanExample(uid=uid, lang=lang, context=context, question=say(plan.question, lang).text, answers=answers)


def choice(plan: Choice, lang: str, uid: str) -> ChoiceExample:
    """Say the paragraph, the question and the options."""
    context = paragraph([say(meaning, lang) for meaning in plan.meanings], lang)[0]
    options = tuple(say(Meaning(option), lang).text for option in plan.options)
    question = say(plan.question, lang).text
    return ChoiceExample(uid=uid, lang=lang, context=context, question=question, options=options, label=plan.label)
