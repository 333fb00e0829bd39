"""Verdicts: evidence, decisions, plans for what is undecided, and all of them in words."""

from xtl.statistics.verdicts.decisions import Verdict
from xtl.statistics.verdicts.evidence import Answer, Claim, Evidence, ExampleVariance, Rules, curvature_margin
from xtl.statistics.verdicts.judge import Finding, Reading, judge
from xtl.statistics.verdicts.plans import Plan

__all__ = [
    "Answer",
    "Claim",
    "Evidence",
    "ExampleVariance",
    "Finding",
    "Plan",
    "Reading",
    "Rules",
    "Verdict",
    "curvature_margin",
    "judge",
]
