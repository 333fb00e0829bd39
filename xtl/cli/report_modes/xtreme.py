"""``xtl-report --xtreme``: the averages of the XTREME benchmark."""

from collections.abc import Sequence
from pathlib import Path

from xtl.report import XTREME, benchmark_notes, benchmark_table, benchmarks
from xtl.report.reading import read_alike
from xtl.report.tables.records import benchmark_records
from xtl.report.tables.write import TABLES, write_printed
from xtl.terminal import plain_console


def report_xtreme(folders: Sequence[Path], out: Path | None) -> None:
    """Print the averages of the XTREME benchmark, a table for each setting of the runs; write them.

    Args:
        folders: Folders of sweeps or of runs.
        out: Folder that takes the tables; ``None``: where those of a report of the first folder stand.

    Raises:
        DataNotFoundError: if there are no results of its tasks.
        DataFormatError: if a line is not one result, or two say different things of the same.
    """
    console = plain_console()
    alike = read_alike(folders)
    # Where none is of the benchmark, the error says so.
    of_benchmark = {
        label: lines for label, lines in alike.items() if any(line.task in XTREME for line in lines)
    } or alike
    tables = [
        benchmark
        for label, lines in of_benchmark.items()
        for benchmark in benchmarks(lines, unrecorded=label)
    ]
    for number, benchmark in enumerate(tables, start=1):
        table = benchmark_table(benchmark)
        console.print(table)
        write_printed(out or folders[0] / TABLES, f"xtreme-{number}", table, benchmark_records(benchmark))
        for note in benchmark_notes(benchmark):
            console.print(note, soft_wrap=True)
