"""``xtl-predict``: a finished run on raw text. ``xtl-predict run=RUN_FOLDER --lang de < sentences.txt``."""

import argparse
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from xtl.cli.logs import add_flags, report_errors, set_up
from xtl.cli.paths import user_path
from xtl.errors import DataNotFoundError
from xtl.garbage import modules_kept
from xtl.progress import progress_meter
from xtl.schemas.trainer import PRECISIONS
from xtl.types import RAW_FORMATS

if TYPE_CHECKING:
    from xtl.prediction.raw_predictor import Line, RawSettings


logger = logging.getLogger(__name__)

_ABOUT = """\
Predict with a finished run: raw text in, one line of JSON out for each line, in the same order.
Lines come from files or from standard input; a blank line gets a record with "error"."""


_EXAMPLES = """\
by the kind of task that the run was trained for:
  tagging          a sentence a line, words separated by spaces (also in Chinese, Japanese, Thai, ...)
                   xtl-predict run=RUN --lang de < sentences.txt
                   {"words": ["Ein", "Hund"], "tags": ["DET", "NOUN"]}
  classification   a text a line, or two with a tab between them
                   printf 'A dog runs.\\tAn animal moves.\\n' | xtl-predict run=RUN
                   {"label": "entailment", "probabilities": {"contradiction": 0.01, ...}}
  questions        context, tab, question; start and end are characters of the context, end exclusive
                   xtl-predict run=RUN questions.jsonl
                   {"answer": "Kublai", "start": 4, "end": 10, "score": 0.93}
  multiple choice  JSON lines {"context": "...", "question": "...", "options": ["...", "..."]}
                   xtl-predict run=RUN --out chosen.jsonl questions.jsonl
                   {"chosen": 1, "option": "...", "probabilities": [0.1, 0.9]}
  sentence vectors a sentence a line; row n of the matrix is line n
                   xtl-predict run=RUN --out vectors.npy sentences.txt
                   (or --out vectors.parquet; without --out: {"vector": [...]})
  raw text         a text a line, with a mask token such as <mask> wherever one is to be filled
                   echo 'Ein <mask> sieht Anna.' | xtl-predict run=RUN
                   {"text": "...", "fillings": [[{"token": "\u2581Hund", "score": 0.4}, ...]]}

JSON lines have the names above or the task's own, such as premise and hypothesis; an "id" is passed on.
Sentences and contexts of any length are cut as in evaluation: the same text gets the same prediction."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of ``xtl-predict``."""
    parser = _parser()
    options = parser.parse_intermixed_args(arguments)
    set_up(options)
    runs = [word.removeprefix("run=") for word in options.inputs if word.startswith("run=")]
    files = [user_path(word) for word in options.inputs if not word.startswith("run=")]
    if len(runs) != 1:
        parser.error(f"expected one run=RUN_FOLDER, got {len(runs)}")
    with report_errors(Path.cwd()):
        try:
            _run(Path(runs[0]).expanduser(), files, options)
        except BrokenPipeError:  # the reader, such as head, has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise SystemExit(1) from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="xtl-predict",
        usage="xtl-predict run=RUN_FOLDER [options] [FILE ...]",
        description=_ABOUT,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "inputs", nargs="*", metavar="run=RUN_FOLDER FILE",
        help="folder that xtl-train wrote, and files to read (default: standard input)",
    )  # fmt: skip
    parser.add_argument("--lang", default="", help="code of the language, such as de")
    parser.add_argument("--format", choices=RAW_FORMATS, help="default: as the first line looks")
    parser.add_argument("--out", type=user_path, metavar="FILE", help="default: standard output")
    parser.add_argument("--chunk", type=_positive, default=1000, metavar="LINES", help="lines in memory")
    parser.add_argument("--accelerator", choices=("auto", "cpu", "gpu", "mps"), default="auto")
    parser.add_argument("--precision", choices=PRECISIONS, default="auto")
    parser.add_argument(
        "--batch-tokens", type=_positive, metavar="N", help="most positions of a batch, padding included"
    )
    add_flags(parser)
    return parser


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected a number from 1, got {value}")
    return value


def _run(folder: Path, files: Sequence[Path], options: argparse.Namespace) -> None:
    for path in files:
        if not path.exists() or path.is_dir():  # a pipe, such as that of <(zcat FILE.gz), is one to read
            raise DataNotFoundError(
                f"{path}: expected a file to read, found none; options are written like --lang de"
            )
    # Imported late, so that --help and a wrong file answer at once.
    with modules_kept():
        from xtl.prediction.raw_predictor import RawPredictor
        from xtl.prediction.writers import check_out, open_writer

    stdout = sys.stdout.buffer  # a bar on the terminal may stand in for sys.stdout later
    predictor = RawPredictor.load(folder, _settings(options))
    check_out(options.out, vectors=predictor.width > 0)
    live = options.out is not None or not sys.stdout.isatty()
    with (
        open_writer(options.out, stdout, width=predictor.width) as writer,
        progress_meter(f"{predictor.model.task.name} lines", None, live=live) as progress,
    ):
        lines = predictor.run(_lines(files), writer, progress)
    for reason, count in sorted(predictor.counts.items()):
        logger.info("%s of %s lines: %s", f"{count:,}", f"{lines:,}", reason)
    where = "" if options.out is None else f"; predictions: {options.out}"
    logger.info("%s lines read%s", f"{lines:,}", where)


def _settings(options: argparse.Namespace) -> "RawSettings":
    from xtl.prediction.raw_predictor import RawSettings

    return RawSettings(
        lang=options.lang,
        form=options.format,
        chunk=options.chunk,
        accelerator=options.accelerator,
        precision=options.precision,
        batch_tokens=options.batch_tokens,
    )


def _lines(files: Sequence[Path]) -> Iterator["Line"]:
    """Give the lines of all files, or of standard input."""
    from xtl.readers import streamed_lines

    if not files:
        stdin: BinaryIO = sys.stdin.buffer
        if sys.stdin.isatty():
            logger.info("reading from the terminal; end with Ctrl-D")
        yield from streamed_lines(stdin, "stdin")
    for path in files:
        with path.open("rb") as stream:
            yield from streamed_lines(stream, str(path))


if __name__ == "__main__":
    main()
