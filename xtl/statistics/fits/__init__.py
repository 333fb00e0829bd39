"""Fits of learning curves: forms, their comparison, and what a power law identifies."""

from xtl.statistics.fits.fit import Comparison, Fit, compare, fit
from xtl.statistics.fits.forms import CONST, LOG2, MMF4, POW3, POW4, QUADRATIC, WBL4, Form
from xtl.statistics.fits.identification import PowerLaw, Quantity, identify

__all__ = [
    "CONST",
    "LOG2",
    "MMF4",
    "POW3",
    "POW4",
    "QUADRATIC",
    "WBL4",
    "Comparison",
    "Fit",
    "Form",
    "PowerLaw",
    "Quantity",
    "compare",
    "fit",
    "identify",
]
