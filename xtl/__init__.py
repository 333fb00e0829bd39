"""Train one multilingual encoder in phases, score it zero-shot, measure what more data brings.

The way of the data, one package a stage; a stage imports only what stands before it::

    raw files
       |  xtl.readers      one reader for each file format
    records                of files, or of the hub
       |  xtl.data         one reader for each task of tasks
    examples               xtl.types
       |  xtl.encoding     pure: sub-word ids in, features out
    features
       |  xtl.data         sources, batches, collators
    batches                xtl.types
       |  xtl.models       the shared backbone
       |  xtl.modules      one small LightningModule for each task of tasks
    scores
       |  xtl.decoding     pure: tags
    predictions            parquet, by uid
       |  xtl.metrics      pure function first, stateful twin second
    results                xtl.results, one line a number
       |  xtl.report       tables and pictures
    report

``xtl.phases`` drives the middle, ``xtl.cli`` starts it, ``xtl.config`` holds the schemas of ``conf/``.
Everything below ``xtl.config`` takes built objects and can be imported on its own.
"""

__version__ = "0.1.0"
