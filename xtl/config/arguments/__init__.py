"""Arguments: overrides, of a command line or of :func:`xtl.run`, as Hydra's grammar reads them."""
