"""Names of files in a run folder, for whoever needs nothing else of it."""

CONFIG, ENVIRONMENT, PHASES = "config.yaml", "environment.json", "phases.json"
TRANSFER_FIGURE = "transfer.png"
TRAIN_LOG, TERMINAL_LOG = "train.log", "logs/terminal.log"
ERROR = "error.txt"
RESULTS = "results.jsonl"
ENCODER, HEAD, HEAD_INFO, PREDICTIONS = "encoder", "head.safetensors", "head.json", "predictions"
COUNTS = "counts"
"""Names of :mod:`xtl.results` and :mod:`xtl.statistics.examples` too, whose rooms take a while to load."""

REPLACED = (CONFIG, RESULTS, ENCODER, HEAD, HEAD_INFO, PREDICTIONS, COUNTS)
"""Files and folders that a run leaves and the next one replaces; a start that failed may have left others."""
