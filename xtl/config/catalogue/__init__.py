"""Catalogue of tasks: their files in a few words, read without composing a cell."""

from xtl.config.catalogue.cards import (
    GROUPS,
    INTERMEDIATE,
    TARGETS,
    HubLocation,
    TaskCard,
    pocket_data,
    task_cards,
)

__all__ = ["GROUPS", "INTERMEDIATE", "TARGETS", "HubLocation", "TaskCard", "pocket_data", "task_cards"]
