"""The public names: frozen, listed, documented, and each can be imported without what it does not need."""

import importlib
import inspect
import re
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

import xtl
from xtl.errors import renamed_names

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "xtl" / "README.md"
ROW = re.compile(r"^\| `(xtl[\w.]*)` \| (.*?) \|", re.MULTILINE)
LISTED = {
    room: re.findall(r"`(\w+)`", names) for room, names in ROW.findall(PAGE.read_text(encoding="utf-8"))
}

RENAMED = {
    "xtl.config": {"checked": "finalize", "checked_evaluation": "finalize_evaluation"},
    "xtl.metrics": {
        "AnswerScore": "SquadScore",
        "PairScore": "ClassificationScore",
        "ShareRight": "MaskedAccuracy",
        "pair_metric": "classification_metric",
    },
    "xtl.modules": {"mask_by_uid": "mask_by_name"},
    "xtl.results": {"scores": "selected"},
    "xtl.types": {
        "ChoiceExample": "MultipleChoiceExample",
        "MiningExample": "BitextMiningExample",
        "PairExample": "ClassificationExample",
        "ParallelExample": "RetrievalExample",
        "SpanExample": "SpanQAExample",
        "TextExample": "MaskedLMExample",
    },
}

WITHOUT = (
    "hydra",
    "omegaconf",
    "wandb",
    "tensorboard",
    "tensorboardX",
    "trackio",
    "mlflow",
    "comet_ml",
    "neptune",
)
"""Packages that modules, models, metrics, data, readers, statistics and results do without."""

ROOMS = (
    "errors", "types", "languages", "results", "metrics", "models", "modules", "readers", "data", "pocket",
    "statistics",
)  # fmt: skip

REFUSING = f"""
import sys
for name in {WITHOUT!r}:
    sys.modules[name] = None  # nothing can import it, and whoever looks for it finds nothing
import pkgutil
from importlib import import_module
for room in {ROOMS!r}:
    package = import_module(f"xtl.{{room}}")
    for name in getattr(package, "__all__", ()):
        getattr(package, name)
    for info in pkgutil.walk_packages(getattr(package, "__path__", ()), f"xtl.{{room}}."):
        import_module(info.name)
from xtl.models import tiny
from xtl.modules import AdamWLinear, TokenTagging
from xtl.metrics import tagging_metric
metric, optimizer = tagging_metric("accuracy"), AdamWLinear(lr=1.0)
TokenTagging(tiny().backbone, tags=["A"], metric=metric, optimizer=optimizer)
try:
    import_module("xtl.config")
except ModuleNotFoundError as error:
    print(error.name)
"""


def in_process(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_public_door_is_frozen():
    """A change is one of this list too, and of the CHANGELOG."""
    assert xtl.__all__ == ["XtlDataModule", "XtlError", "__version__", "register", "run", "table"]
    assert set(xtl.__all__) <= set(dir(xtl))
    assert all(getattr(xtl, name) for name in xtl.__all__)
    with pytest.raises(AttributeError, match="module 'xtl' has no attribute 'nothing'"):
        _ = xtl.nothing


def test_xtl_alone_imports_nothing_heavy():
    code = "import sys, xtl; dir(xtl); xtl.register, xtl.XtlError; loaded = {*sys.modules}; "
    code += "print(sorted({'torch', 'hydra', 'pandas', 'lightning'} & loaded))"
    assert in_process(code) == "[]"


def test_what_answers_help_and_starts_sweeps_imports_no_library_that_trains():
    # As xtl-train begins: --help, and cells that other processes run, need none of them.
    code = "import sys, xtl.cli.hydra_main, xtl.cli.train; loaded = {*sys.modules}; "
    code += "print(sorted({'torch', 'transformers', 'lightning', 'pandas', 'scipy', 'matplotlib'} & loaded))"
    assert in_process(code) == "[]"


def test_names_of_files_are_those_of_the_rooms_that_write_them():
    from xtl import results
    from xtl.runs import file_names
    from xtl.statistics.examples import files

    assert (file_names.RESULTS, file_names.COUNTS) == (results.FILE_NAME, files.FOLDER)


@pytest.mark.slow  # torch and all libraries anew; the contracts of the layers look at xtl's own imports
def test_parts_need_neither_hydra_nor_any_tracker():
    assert in_process(REFUSING) in ("hydra", "omegaconf")


@pytest.mark.parametrize("room", LISTED)
def test_the_page_lists_all_public_names_of_each_public_room(room):
    assert LISTED[room] == list(importlib.import_module(room).__all__)


def lacking(room: str, name: str) -> list[str]:
    """What a docstring does not say that the signature or the code says there is to say."""
    value = getattr(importlib.import_module(room), name)
    if not (inspect.isclass(value) or inspect.isfunction(value)):
        return []
    text = value.__doc__ or ""
    if inspect.isfunction(value):
        code = inspect.getsource(value)
        wanted = {
            "Args:": len(inspect.signature(value).parameters) > 0,
            "Raises:": re.search(r"\n\s+raise \w+Error\(", code) is not None,
        }
    elif hasattr(value, "__dataclass_fields__") or hasattr(value, "_fields"):
        # A field says what it is in the docstring of the class, or in one behind it.
        documented = "Attributes:" in text or '"""' in inspect.getsource(value).partition(text)[2][3:]
        wanted = {"Attributes:": not documented}
    else:
        text += value.__dict__.get("__init__", value).__doc__ or ""
        is_built = "__init__" in vars(value) and not getattr(value, "_is_protocol", False)
        wanted = {"Args:": is_built and len(inspect.signature(value).parameters) > 0}
    return [
        section
        for section, is_wanted in {"a docstring": not text, **wanted}.items()
        if is_wanted and section not in text
    ]


@pytest.mark.parametrize("room", LISTED)
def test_every_public_name_says_what_it_takes_and_raises(room):
    missing = {name: lacking(room, name) for name in LISTED[room]}
    assert {name: sections for name, sections in missing.items() if sections} == {}


@pytest.mark.parametrize(
    ("room", "old", "new"), [(room, *names) for room, table in RENAMED.items() for names in table.items()]
)
def test_a_renamed_public_name_warns_and_works(room, old, new):
    module = importlib.import_module(room)
    with pytest.warns(
        DeprecationWarning, match=rf"{room}\.{old} is called {room}\.{new} since the version after xtl \d"
    ) as raised:
        assert getattr(module, old) is getattr(module, new)
    assert raised[0].filename == __file__
    assert old not in module.__all__


def test_names_that_never_were_are_no_attributes():
    get = renamed_names("xtl.types", {"Old": "Example"}, after="9.0.0")
    with pytest.raises(AttributeError, match=r"module 'xtl\.types' has no attribute 'Other'"):
        get("Other")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        get("Old")
    assert [str(warning.message) for warning in caught] == [
        "xtl.types.Old is called xtl.types.Example since the version after xtl 9.0.0; use that name"
    ]
