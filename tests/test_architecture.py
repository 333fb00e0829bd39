"""The shape of the project: layers, sizes of files, what a checkout holds, what a wheel carries."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
import zipfile
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "xtl").rglob("*.py"))
MOST_LINES, MOST_LINES_OF_POCKET = 250, 400
"""Lines of a file; grammars of pocket are read beside each other and may be longer."""
MOST_FILES = 14
"""Files of one folder."""


def run(*command: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300, check=False)


def test_layers():
    done = run(sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()")
    assert done.returncode == 0, done.stdout


def test_files_are_short_and_say_what_they_are():
    text_of_file = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in SOURCES}
    assert len(text_of_file) > 100
    too_long = [
        name
        for name, text in text_of_file.items()
        if len(text.splitlines()) > (MOST_LINES_OF_POCKET if "pocket" in name else MOST_LINES)
    ]
    assert too_long == []
    assert [name for name, text in text_of_file.items() if text and not text.startswith('"""')] == []


def test_folders_are_small():
    files_of_folder = Counter(path.parent for path in SOURCES)
    assert [str(folder) for folder, files in files_of_folder.items() if files > MOST_FILES] == []


def test_no_module_of_tests_is_imported_by_another():
    """What several need is below ``tests/helpers``."""
    importing = re.compile(r"^\s*(?:from|import) tests\.(?!helpers\b|benchmarks\b)", re.MULTILINE)
    files = (ROOT / "tests").rglob("*.py")
    assert [str(path) for path in files if importing.search(path.read_text(encoding="utf-8"))] == []


def test_top_level_is_as_designed():
    fixed = {
        "pyproject.toml", "conf", "xtl", "tests", "notebooks", "README.md",
        "Makefile", "CHANGELOG.md", "CONTRIBUTING.md", "CITATION.cff", "constraints.txt",
        "LICENSE",
    }  # fmt: skip
    listed = run("git", "ls-files")
    if listed.returncode:
        pytest.skip("not a git checkout")
    found = {line.split("/")[0] for line in listed.stdout.splitlines()}
    assert {name for name in found if not name.startswith(".")} <= fixed


def test_version_stands_in_one_way():
    import xtl

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == xtl.__version__


def test_constraints_pin_each_direct_dependency():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = (
        project["dependencies"]
        + project["optional-dependencies"]["e5"]
        + project["optional-dependencies"]["dev"]
    )
    pinned = {
        line.split("==")[0].lower().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        if "==" in line
    }
    names = {next(part for part in _split_name(line)).lower() for line in wanted}
    assert names <= pinned


def _split_name(requirement: str) -> list[str]:
    for mark in "<>=!~[; ":
        requirement = requirement.replace(mark, "|")
    return requirement.split("|")


COMPOSE_ALL = """
import sys
from pathlib import Path
import xtl
from xtl import config
assert Path(sys.argv[1]) in Path(xtl.__file__).parents, xtl.__file__
assert config.conf_dir() == Path(xtl.__file__).parent / "conf"
from hydra import compose, initialize_config_dir
config.register()
conf = config.conf_dir()
with initialize_config_dir(str(conf), version_base="1.3"):
    for group in ("target", "intermediate", "backbone", "recipe", "trainer", "tuning", "data"):
        for path in (conf / ("task" if group in ("target", "intermediate") else group)).glob("*.yaml"):
            if path.stem == "mixture" or (group, path.stem) == ("target", "none"):
                continue  # a mixture is nothing without names of tasks
            # All tasks of a cell read one source: pocket's beside one of pocket's.
            of_pocket = group in ("intermediate", "data") and path.stem.startswith("pocket")
            first = ["target=pocket_pos"] if of_pocket else [f"data.root={conf}"]
            config.finalize(compose("train", overrides=[*first, f"{group}={path.stem}"]))
    for path in (conf / "task").glob("*.yaml"):
        if path.stem in ("none", "mixture"):
            continue
        config.finalize_evaluation(compose("evaluate", overrides=["run=x", f"task={path.stem}"]))
from xtl import pocket
assert pocket.available() == pocket.LANGUAGES
assert pocket.examples("pocket_pos", "sw", split="test", size=2)
print(len(list(conf.rglob("*.yaml"))))
"""


def contents(wheel: Path) -> dict[str, int]:
    """Checksum of each file of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return {entry.filename: entry.CRC for entry in archive.infolist()}


def built_wheel(out: Path, *flags: str) -> Path:
    done = run(sys.executable, "-m", "build", "--no-isolation", *flags, "--outdir", str(out), str(ROOT))
    assert done.returncode == 0, done.stdout + done.stderr
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the source distribution."""
    return built_wheel(tmp_path_factory.mktemp("from_sdist"))


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of packages of an environment in which xtl comes from the wheel alone."""
    home = tmp_path_factory.mktemp("env")
    venv.create(home, with_pip=False)
    site = next((home / "lib").glob("python*")) / "site-packages"
    target = ("--no-deps", "--no-index", "--quiet", "--target", str(site), str(wheel))
    installed = run(sys.executable, "-m", "pip", "install", *target)
    assert installed.returncode == 0, installed.stderr
    # Libraries come from the environment of the tests, behind what is installed here.
    libraries = [path for path in sys.path if path.endswith("site-packages")]
    (site / "libraries.pth").write_text("\n".join(libraries), encoding="utf-8")
    return site


def python_of(site: Path) -> str:
    return str(site.parents[2] / "bin" / "python")


@pytest.mark.slow
def test_wheel_carries_every_config_and_composes_them_where_it_is_installed(wheel, site, tmp_path):
    direct = built_wheel(tmp_path / "direct", "--wheel")
    assert contents(direct) == contents(wheel)
    done = run(python_of(site), "-I", "-c", COMPOSE_ALL, str(site), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    files = {f"xtl/{path.relative_to(ROOT).as_posix()}" for path in (ROOT / "conf").rglob("*.yaml")}
    assert int(done.stdout) == len(files)
    assert files <= contents(wheel).keys()


@pytest.fixture(scope="module")
def project(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that uses xtl and brings a task type along, which an entry point of its package names."""
    folder = tmp_path_factory.mktemp("project")
    helpers = ROOT / "tests" / "helpers"
    for path in (helpers / "outside_project").glob("*.py"):
        shutil.copy(path, folder)
    package = site / "outside_type"
    shutil.copytree(helpers / "outside_type", package, ignore=shutil.ignore_patterns("__pycache__", "conf"))
    for path in package.glob("*.py"):
        text = path.read_text(encoding="utf-8").replace("tests.helpers.outside_type", "outside_type")
        path.write_text(text, encoding="utf-8")
    metadata = site / "outside_type-0.1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: outside-type\nVersion: 0.1\n")
    (metadata / "entry_points.txt").write_text("[xtl.task_types]\ncapital = outside_type:TASK_TYPE\n")
    shutil.copytree(helpers / "outside_type" / "conf", folder / "conf")
    for lang, split in (("en", "train"), ("en", "validation"), ("en", "test"), ("sw", "test")):
        path = folder / "data" / "headlines" / lang / f"{split}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"Dog {split} {row}\ncat {split} {row}\n" for row in range(8)))
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(
    "script",
    [
        ["modules.py"],
        [
            "command_line.py", "fit", "--data=XtlDataModule", "--data.task=pocket_pos", "--data.lang=en",
            "--data.backbone=tiny", "--data.size=20", "--model.num_tags=17", "--model.optimizer.lr=0.01",
            "--trainer.max_epochs=1", "--trainer.accelerator=cpu", "--trainer.logger=false",
        ],
        ["two_processes.py"],
        ["cells.py"],
    ],
    ids=lambda script: script[0],
)  # fmt: skip
def test_wheel_serves_a_project_outside(site, project, tmp_path, script):
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {"XTL_CACHE": str(tmp_path), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [python_of(site), *script], cwd=project, env=environment, capture_output=True, text=True, timeout=600,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
