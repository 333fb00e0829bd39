"""Export: a finished run as a folder that other libraries load.

``export.py`` opens the run and writes the folder: ``transformers_folder.py`` encoder and head,
``sentence_folder.py`` vectors, ``onnx_folder.py`` either of them as a graph, ``adapter_folder.py`` what LoRA
added; ``card.py`` writes the model card and ``push.py`` sends a folder to the hub. What a task type gives to
other libraries stands in its own ``export.py``. May import :mod:`xtl.runs` and what stands below it.
"""

HF, SENTENCE_TRANSFORMERS, ONNX = "hf", "sentence-transformers", "onnx"

FORMATS = (HF, SENTENCE_TRANSFORMERS, ONNX)
"""Kinds of folders: for transformers, for sentence-transformers, and a graph for other runtimes."""
