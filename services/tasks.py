"""Imports every feature's tasks, so that the table in `kit.queue` is complete."""

import importlib
import importlib.util

FEATURES = ("lanes", "channels", "conversations", "polling", "notices", "incidents")


def load() -> None:
    """Import the tasks of every feature that has some."""
    for feature in FEATURES:
        name = f"services.{feature}.tasks"
        is_there = importlib.util.find_spec(f"services.{feature}") is not None
        if is_there and importlib.util.find_spec(name) is not None:
            importlib.import_module(name)
