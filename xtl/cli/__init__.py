"""The commands: each composes a config, checks it and calls a phase."""
