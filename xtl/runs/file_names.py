"""Names of files in a run folder, for whoever needs nothing else of it."""

CONFIG, ENVIRONMENT, PHASES = "config.yaml", "environment.json", "phases.json"
FIGURE = "transfer.png"
ERROR = "error.txt"
