"""Views of a run that other programs show: Weights & Biases, TensorBoard, Trackio, MLflow, a CSV file.

The run folder is the record; a view repeats it. ``tracked`` opens the views that ``tracking=`` asks for and
closes them with the exit status of the cell; a package is imported only when its view is asked for.
"""

from xtl.tracking.opening import tracked
from xtl.tracking.tracker import Tracker

__all__ = ["Tracker", "tracked"]
