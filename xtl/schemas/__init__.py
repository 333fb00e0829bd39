"""Schemas: dataclasses of ``conf/``, with the type, the default and the meaning of every setting.

Values stand in YAML, types and meaning here. Each setting of a task says what it affects, from which the keys
of features and phases are derived, see :mod:`xtl.schemas.fields`. The schema of a task type stands in its own
folder below :mod:`xtl.tasks`. May import :mod:`xtl.errors`, :mod:`xtl.types` and :mod:`xtl.languages`; knows
neither Hydra nor OmegaConf.
"""
