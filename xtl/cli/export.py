"""``xtl-export``: a finished run as a folder for other libraries. ``xtl-export run=RUN_FOLDER --to hf``."""

import argparse
import logging
import shlex
from collections.abc import Sequence
from pathlib import Path

from xtl.cli.logs import add_flags, report_errors, set_up
from xtl.cli.paths import user_path
from xtl.export import FORMATS, HF
from xtl.garbage import modules_kept

logger = logging.getLogger(__name__)

_ABOUT = """\
Write a finished run as a folder that other libraries load, with a model card and checksums. The exported
model is compared with the run before it is written: it gives the same numbers, or the command says why."""

_EXAMPLES = """\
what can be exported:
  --to hf                     a folder for transformers: tagging, classification, questions, multiple choice,
                              raw text; AutoModelFor... and pipeline() load it, with the names of the labels
                              xtl-export run=RUN --to hf --out my-model
  --to sentence-transformers  a folder for SentenceTransformer(FOLDER).encode: retrieval and bitext mining;
                              layer, pooling and prefix are those that the run was scored with
  --to onnx                   a graph (model.onnx) of either, and its tokenizer; pip install onnx onnxscript

An exported folder is a backbone too: xtl-train backbone=xlmr_base backbone.path=FOLDER backbone.name=MINE
target=...
On the hub: xtl-export run=RUN --to hf --push USER/NAME, after: hf auth login"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of ``xtl-export``."""
    parser = _parser()
    options = parser.parse_intermixed_args(arguments)
    set_up(options)
    runs = [word.removeprefix("run=") for word in options.run if word.startswith("run=")]
    if len(runs) != 1 or len(options.run) != 1:
        parser.error(f"expected one run=RUN_FOLDER, got {' '.join(options.run) or 'none'}")
    if (options.private or options.update) and not options.push:
        parser.error("expected --push USER/NAME beside --private and --update")
    if options.adapter_only and options.to != HF:
        parser.error(f"expected --to {HF} beside --adapter-only")
    with report_errors(options.out or Path.cwd()):
        _run(Path(runs[0]).expanduser(), options, command=_told_command(options, runs[0]))


def _told_command(options: argparse.Namespace, run: str) -> str:
    """Command as a card has it: folders by their names alone, for a path may hold what is private."""
    words = ["xtl-export", f"run={Path(run).resolve().name}", "--to", options.to]
    if options.adapter_only:
        words.append("--adapter-only")
    for name, value in (("--phase", options.phase), ("--task", options.task)):
        if value not in ("", "target"):
            words += [name, value]
    return shlex.join(words)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="xtl-export",
        usage="xtl-export run=RUN_FOLDER --to FORMAT [options]",
        description=_ABOUT,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("run", nargs="*", metavar="run=RUN_FOLDER", help="folder that xtl-train wrote")
    parser.add_argument("--to", required=True, choices=FORMATS, help="library, or format")
    parser.add_argument(
        "--out", type=user_path, metavar="FOLDER", help="default: export/FORMAT in the run folder"
    )
    parser.add_argument(
        "--phase",
        choices=("target", "intermediate"),
        default="target",
        help="phase whose weights are exported",
    )
    parser.add_argument(
        "--task", default="", metavar="NAME", help="of a mixture: the task whose head is exported"
    )
    parser.add_argument(
        "--adapter-only", action="store_true", help="of a run with tuning=lora: what it added, for peft"
    )
    parser.add_argument("--push", metavar="USER/NAME", help="send the folder to the Hugging Face hub too")
    parser.add_argument("--private", action="store_true", help="make a new repository a private one")
    parser.add_argument("--update", action="store_true", help="add a commit to a repository that exists")
    add_flags(parser)
    return parser


def _run(folder: Path, options: argparse.Namespace, *, command: str) -> None:
    # Imported late, so that --help answers at once.
    with modules_kept():
        from xtl.export.export import ExportSettings, export_run
        from xtl.export.push import PushTarget, check_push, push

    target = options.push and PushTarget(name=options.push, private=options.private, update=options.update)
    if target:
        check_push(target)
    settings = ExportSettings(
        form=options.to,
        out=options.out,
        phase=options.phase,
        task=options.task,
        adapter_only=options.adapter_only,
        command=command,
    )
    out = export_run(folder, settings)
    if target:
        logger.info("%s", push(out, target))


if __name__ == "__main__":
    main()
