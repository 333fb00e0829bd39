"""pocket_qa and pocket_choice: a short paragraph about a few people, and a question about it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from xtl.pocket.concepts import NAMES, NOUNS, VERBS, names_of, of_class
from xtl.pocket.draw import (
    ANY_KIND,
    CITIES,
    HOMES,
    INSIDE,
    OBJECTS,
    PEOPLE,
    Wish,
    can_ask,
    draw_clause,
    draw_linked,
)
from xtl.pocket.meaning import Clause, Link, Meaning, Question, Thing, split_of
from xtl.pocket.relation import converse, facts, fits
from xtl.pocket.rng import Rng
from xtl.pocket.text import paragraph, say
from xtl.pocket.variants import replaced, sensible
from xtl.types import Answer, MultipleChoiceExample, SpanQAExample, SplitName

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


def plan_qa(rng: Rng, split: SplitName) -> Story:
    """Draw a paragraph of three to eight sentences and a question; one in five has no answer."""
    unanswerable = rng.chance(20)
    while True:
        meanings = _draw_meanings(rng, split, 3 + rng.below(6))
        story = _question_about(rng, split, meanings)
        if story is None:
            continue
        if not unanswerable:
            return story
        question = _unanswered(rng, split, story)
        if question is not None:
            return Story(meanings, question, None, "")


def _draw_meanings(rng: Rng, split: SplitName, size: int) -> tuple[Meaning, ...]:
    people = tuple(rng.shuffled(PEOPLE)[:4])
    wish = Wish(kinds=_KINDS, people=people, negative=10, names=80, rich=False, extras=60)
    linked = [rng.chance(15) for _ in range(size)]
    return tuple(
        draw_linked(rng, split, rng.choice(_LINKS), wish) if link else Meaning(draw_clause(rng, split, wish))
        for link in linked
    )


def _question_about(rng: Rng, split: SplitName, meanings: tuple[Meaning, ...]) -> Story | None:
    """A question that one clause of the paragraph answers, and no other; ``None`` where there is none."""
    statements = _facts_of(meanings)
    clause_positions = [(sentence, prefix) for sentence in range(len(meanings)) for prefix in ("", "other.")]
    for sentence, prefix in rng.shuffled(clause_positions):
        clause = meanings[sentence].other if prefix else meanings[sentence].clause
        for role in rng.shuffled(_ROLES) if clause is not None else ():
            if clause is None or not can_ask(clause, role) or len(_answering(statements, clause, role)) != 1:
                continue
            question = Meaning(_shortened(rng, statements, clause, role), question=role)
            if split_of(question.clause) == split:
                return Story(meanings, question, sentence, prefix + role)
    return None


def _facts_of(meanings: Sequence[Meaning]) -> list[Clause]:
    return [fact for meaning in meanings for fact in facts(meaning)]


def _answering(statements: Sequence[Clause], clause: Clause, role: Question) -> list[Clause]:
    """The clauses that say who or what fills the role in such an event."""
    answers = []
    for fact in statements:
        for side in (fact, converse(fact)):
            if side is None or side.negative or not getattr(side, role):
                continue
            if fits(replaced(side, role, getattr(clause, role)), clause):
                answers.append(fact)
                break
    return answers


def _shortened(rng: Rng, statements: Sequence[Clause], clause: Clause, role: Question) -> Clause:
    """The clause without what the question need not repeat."""
    clause = replace(clause, fronted=False)
    verb = VERBS.get(clause.predicate)
    for field in ("manner", "time", "place"):
        # A verb of motion, or of being somewhere, is not complete without its place.
        needed = field == role or (
            field == "place" and verb is not None and verb.frame in ("motion", "locative")
        )
        if needed or not getattr(clause, field) or rng.chance(40):
            continue
        shorter = replaced(clause, field, None if field == "place" else "")
        if len(_answering(statements, shorter, role)) == 1:
            clause = shorter
    return clause


def _unanswered(rng: Rng, split: SplitName, story: Story) -> Meaning | None:
    """The question about somebody or something else in the paragraph, where nothing answers that."""
    statements = _facts_of(story.meanings)
    clause, role = story.question.clause, story.question.question
    people = [fact.subject for fact in statements if fact.subject.head in PEOPLE] or [clause.subject]
    siblings = OBJECTS.get(clause.predicate, ())
    objects = [fact.object for fact in statements if fact.object is not None and fact.object.head in siblings]
    for _ in range(8):
        if role != "subject":
            other = replace(clause, subject=rng.choice(people))
        else:
            other = replace(clause, object=rng.choice(objects)) if objects else clause
        if (
            other != clause
            and sensible(other)
            and split_of(other) == split
            and not _answering(statements, other, role)
        ):
            return Meaning(other, question=role)
    return None


def plan_choice(rng: Rng, split: SplitName) -> Choice:
    """Draw a paragraph, a question and four answers of which one is true."""
    while True:
        meanings = _draw_meanings(rng, split, 3 + rng.below(3))
        story = _question_about(rng, split, meanings)
        if story is None or story.question.question == "time":
            continue
        statements = _facts_of(meanings)
        true = _plain(story.question.clause, story.question.question)
        wrong = _distractors(rng, split, true, story.question.question, statements)
        if len(wrong) == 3:
            options = rng.shuffled([true, *wrong])
            return Choice(meanings, story.question, tuple(options), options.index(true))


def _plain(clause: Clause, role: Question) -> Clause:
    """The true answer without what only it could say of the object."""
    if role != "object" or clause.object is None:
        return clause
    return replace(clause, object=replace(clause.object, adjective="", owner=None))


def _distractors(
    rng: Rng, split: SplitName, true: Clause, role: Question, statements: Sequence[Clause]
) -> list[Clause]:
    """The true answer with something else in the role; what the paragraph mentions comes first."""
    options: list[Clause] = []
    mentioned = {_filler_head(fact, role) for fact in statements}
    fillers = rng.shuffled(_fillers(true, role))
    for head in sorted(fillers, key=lambda head: head not in mentioned):
        option = _with_head(true, role, head)
        if option in options or not sensible(option) or split_of(option) != split:
            continue
        if not any(fits(fact, option) for fact in statements if not fact.negative):
            options.append(option)
        if len(options) == 3:
            break
    return options


def _filler_head(clause: Clause, role: str) -> str:
    filler = clause.place.thing if role == "place" and clause.place else getattr(clause, role)
    return filler.head if isinstance(filler, Thing) else ""


def _with_head(clause: Clause, role: str, head: str) -> Clause:
    if role == "place" and clause.place is not None:
        return replace(clause, place=replace(clause.place, thing=Thing(head)))
    filler: Thing = getattr(clause, role)
    return replaced(clause, role, replace(filler, head=head))


def _fillers(clause: Clause, role: str) -> list[str]:
    """The other heads of the same kind that could fill the role."""
    true = _filler_head(clause, role)
    if role == "object":
        mass = NOUNS[true].mass
        heads = [head for head in OBJECTS[clause.predicate] if head in NOUNS and NOUNS[head].mass == mass]
    elif role == "place":
        heads = list(CITIES if true in CITIES else HOMES if clause.predicate == "live" else INSIDE)
    elif true in NAMES:
        heads = list(names_of(NAMES[true].cls))
    else:
        heads = list(of_class("person"))
    return [head for head in heads if head != true]


def qa(plan: Story, lang: str, uid: str) -> SpanQAExample:
    """Say the paragraph and the question, and find the answer in the paragraph."""
    sentences = [say(meaning, lang) for meaning in plan.meanings]
    context, starts = paragraph(sentences, lang)
    answers: tuple[Answer, ...] = ()
    if plan.sentence is not None:
        start, end = sentences[plan.sentence].span(plan.role)
        text = sentences[plan.sentence].text[start:end]
        answers = (Answer(text=text, start=starts[plan.sentence] + start),)
    return SpanQAExample(
        uid=uid, lang=lang, context=context, question=say(plan.question, lang).text, answers=answers
    )


def choice(plan: Choice, lang: str, uid: str) -> MultipleChoiceExample:
    """Say the paragraph, the question and the options."""
    context = paragraph([say(meaning, lang) for meaning in plan.meanings], lang)[0]
    options = tuple(say(Meaning(option), lang).text for option in plan.options)
    question = say(plan.question, lang).text
    return MultipleChoiceExample(
        uid=uid, lang=lang, context=context, question=question, options=options, label=plan.label
    )
