"""Plans of the next sweep from an earlier one: what its questions need, and what a plan could find.

From the results of a pilot to variance components of each question, and from these to seeds, target
languages, power and the smallest effect that can be found. Pure functions.
"""

from xtl.statistics.planning.pilot import Aim, Pilot, PilotQuestion, pilot_questions
from xtl.statistics.planning.plans import PlanCell, Requirement, plan_grid, pooled, requirement

__all__ = [
    "Aim",
    "Pilot",
    "PilotQuestion",
    "PlanCell",
    "Requirement",
    "pilot_questions",
    "plan_grid",
    "pooled",
    "requirement",
]
