"""What drives the parts: fit, predict, evaluate, the run folder, one cell."""
