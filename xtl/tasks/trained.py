"""A trained module with what is needed to use it."""

from dataclasses import dataclass, field

from transformers import PreTrainedTokenizerBase

from xtl.caching.session import SessionCache
from xtl.modules.base import XtlModule
from xtl.tasks.base import Task


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainedTask:
    """A trained module with what is needed to use it on the files of its task."""

    task: Task
    module: XtlModule
    tokenizer: PreTrainedTokenizerBase
    memory: SessionCache = field(default_factory=SessionCache)
