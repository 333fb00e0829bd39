"""Training passes on a GPU as CUDA graphs: which (``graphs``), and a single one (``graphed_pass``)."""
