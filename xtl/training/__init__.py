"""Training: one fit of one module.

The fit itself, checkpoints to resume from, validation by language, selection of weights, the history of
epochs, the device. May import :mod:`xtl.modules`, :mod:`xtl.models` and what stands below them; knows no
phase, no store, no run.
"""
