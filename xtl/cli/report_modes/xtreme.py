"""``xtl-report --xtreme``: the averages of the XTREME benchmark."""

from collections.abc import Sequence
from pathlib import Path

from xtl.report import benchmark_notes, benchmark_table, benchmarks
from xtl.report.reading import gathered
from xtl.report.tables.records import benchmark_records
from xtl.report.tables.write import write_printed
from xtl.terminal import plain_console

_TABLES = "report/tables"


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
    for number, benchmark in enumerate(benchmarks(gathered(folders)), start=1):
        table = benchmark_table(benchmark)
        console.print(table)
        write_printed(out or folders[0] / _TABLES, f"xtreme-{number}", table, benchmark_records(benchmark))
        for note in benchmark_notes(benchmark):
            console.print(note, soft_wrap=True)
