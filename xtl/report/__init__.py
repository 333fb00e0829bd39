"""Results to tables and pictures, and predictions to XTREME's files.

Reads lines of results and files of predictions, never a checkpoint, so a report needs no model and no GPU.
Tables go to the terminal, pictures to files, and all of it to a page: :mod:`xtl.report.analysis` computes,
:mod:`xtl.report.figures` draws, :mod:`xtl.report.page` writes. May import results, statistics, runs' status,
languages, files and errors; no config, and nothing that trains or scores.
"""

from xtl.report.analysis.panels import panels
from xtl.report.figures.scaling import draw_scaling
from xtl.report.figures.target_sizes import draw_curves
from xtl.report.figures.transfer import draw_transfer
from xtl.report.intervals.redraws import Redraws, read_redraws
from xtl.report.intervals.score_intervals import ScoreInterval, score_intervals
from xtl.report.judge import judge_sweep
from xtl.report.page.content import read_content
from xtl.report.page.write import write_report
from xtl.report.same_data import check_same_data
from xtl.report.submission import submission_notes, write_submission
from xtl.report.tables.scores import language_table, margin_note, scaling_table
from xtl.report.transfer import Transfer, as_table, headline, transfers
from xtl.report.verdict_record import verdict_record
from xtl.report.verdicts import sentence, verdict_table
from xtl.report.xtreme import XTREME, task_average, xtreme_averages
from xtl.report.xtreme_table import benchmark_notes, benchmark_table, benchmarks

__all__ = [
    "XTREME",
    "Redraws",
    "ScoreInterval",
    "Transfer",
    "as_table",
    "benchmark_notes",
    "benchmark_table",
    "benchmarks",
    "check_same_data",
    "draw_curves",
    "draw_scaling",
    "draw_transfer",
    "headline",
    "judge_sweep",
    "language_table",
    "margin_note",
    "panels",
    "read_content",
    "read_redraws",
    "scaling_table",
    "score_intervals",
    "sentence",
    "submission_notes",
    "task_average",
    "transfers",
    "verdict_record",
    "verdict_table",
    "write_report",
    "write_submission",
    "xtreme_averages",
]
