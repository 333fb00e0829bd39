"""Names of files in a run folder, for whoever needs nothing else of it."""

from xtl.results import FILE_NAME

CONFIG, ENVIRONMENT, PHASES = "config.yaml", "environment.json", "phases.json"
TRANSFER_FIGURE = "transfer.png"
TRAIN_LOG, TERMINAL_LOG = "train.log", "logs/terminal.log"
ERROR = "error.txt"
QUEUED_CONFIGS = "logs/config-*.yaml"
"""Configs that cells wait with, while ``config.yaml`` is that of the results which still stand."""

RESULTS = FILE_NAME
ENCODER, HEAD, HEAD_INFO, PREDICTIONS = "encoder", "head.safetensors", "head.json", "predictions"
COUNTS = "counts"
"""Name of :mod:`xtl.statistics.examples` too, which takes a while to load."""

REPLACED = (CONFIG, RESULTS, ENCODER, HEAD, HEAD_INFO, PREDICTIONS, COUNTS)
"""Files and folders that a run leaves and the next one replaces; a start that failed may have left others."""
