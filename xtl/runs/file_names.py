"""Names of files in a run folder, for whoever needs nothing else of it."""

CONFIG, ENVIRONMENT, PHASES = "config.yaml", "environment.json", "phases.json"
TRANSFER_FIGURE = "transfer.png"
TRAIN_LOG, TERMINAL_LOG = "train.log", "logs/terminal.log"
ERROR = "error.txt"
