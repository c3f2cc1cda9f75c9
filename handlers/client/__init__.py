"""A business's own bot: managers' topics in its group, and strangers in private."""

from __future__ import annotations

from aiogram import Router

from handlers import errors
from handlers.client import commands, conversations, direct, fallback, start, workspaces


def routers() -> list[Router]:
    """Return fresh routers; the hot path, a manager's message in a topic, is asked first."""
    parts = (conversations, commands, start, workspaces, direct, fallback)
    return [*(part.router() for part in parts), errors.router()]
