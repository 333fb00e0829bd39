"""Ten fixed meanings of different structure, for reading the languages side by side."""

from xtl.pocket.grammar import available
from xtl.pocket.meaning import PLURAL, Clause, Meaning, Place, Thing
from xtl.pocket.text import say


def showcase() -> tuple[Meaning, ...]:
    """Ten meanings, shown in all languages in README.md."""
    anna, peter = Thing("anna"), Thing("peter")
    return (
        Meaning(
            Clause(
                "buy",
                anna,
                object=Thing("car", definite=False, adjective="red"),
                recipient=peter,
                time="last_week",
                fronted=True,
            )
        ),
        Meaning(
            Clause(
                "read",
                Thing("student", count=3, definite=False),
                object=Thing("book", definite=False, count=PLURAL, adjective="old"),
                place=Place("in", Thing("library")),
            )
        ),
        Meaning(
            Clause(
                "give",
                Thing("teacher"),
                "past",
                negative=True,
                object=Thing("key"),
                recipient=Thing("singer"),
            ),
        ),
        Meaning(
            Clause("sleep", Thing("dog"), place=Place("in", Thing("garden"))),
            "because",
            Clause("tired", Thing("dog")),
        ),
        Meaning(
            Clause("return", Thing("omar"), place=Place("to", Thing("korvo"))),
            "when",
            Clause(
                "close", Thing("maria", also=Thing("lena")), object=Thing("door", count=2, definite=False)
            ),
            other_first=True,
        ),
        Meaning(
            Clause("know", Thing("eva_lind"), "present"),
            "that",
            Clause(
                "build",
                Thing("norda_bank"),
                "future",
                object=Thing("hospital", definite=False, adjective="new"),
            ),
        ),
        Meaning(
            Clause(
                "visit",
                Thing(
                    "woman",
                    relative=Clause("live", Thing("woman"), "present", place=Place("in", Thing("marenta"))),
                ),
                object=Thing("museum"),
                time="yesterday",
            )
        ),
        Meaning(
            Clause("doctor", Thing("nadia"), "present"),
            "but",
            Clause("work", Thing("nadia"), "present", negative=True, place=Place("in", Thing("hospital"))),
        ),
        Meaning(
            Clause(
                "write",
                Thing("karim"),
                object=Thing("letter", adjective="long"),
                place=Place("in", Thing("park")),
                time="on_monday",
            ),
            question="place",
        ),
        Meaning(
            Clause(
                "drink",
                Thing("farmer", count=PLURAL),
                "present",
                object=Thing("tea", definite=False),
                time="every_day",
            ),
            question="polar",
        ),
    )


def table() -> str:
    """The ten meanings in all available languages, as the text of README.md."""
    blocks = []
    for number, meaning in enumerate(showcase(), start=1):
        lines = [f"    {lang}  {say(meaning, lang).text}" for lang in available()]
        blocks.append("\n".join([f"{number}.", "", *lines]))
    return "\n\n".join(blocks) + "\n"
