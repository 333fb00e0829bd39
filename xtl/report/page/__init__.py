"""The report of a sweep as one page: verdicts in words first, then curves, numbers, cost, gaps and method.

Each file holds sections: pure functions from values of :mod:`xtl.report.analysis` to HTML, empty where there
is nothing to say. The page asks nothing of the network, and the same results give the same page, byte for
byte.
"""

from xtl.report.page.content import Content, ScoreIntervals, read_content
from xtl.report.page.render import page
from xtl.report.page.write import PAGE, write_report

__all__ = ["PAGE", "Content", "ScoreIntervals", "page", "read_content", "write_report"]
