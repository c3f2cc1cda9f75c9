"""The master bot: sign-up, people, bots, accounts, health. Private chats only."""

from __future__ import annotations

from aiogram import Router

from handlers import errors
from handlers.master import (
    bots,
    cards,
    channels,
    fallback,
    health,
    notices,
    quiet,
    settings,
    signup,
    silence,
    start,
    team,
    terms,
)


def routers() -> list[Router]:
    """Return fresh routers in the order they are asked: commands and buttons first, the fallback
    last.
    """
    parts = (
        start,
        signup,
        team,
        bots,
        channels,
        cards,
        health,
        terms,
        silence,
        notices,
        quiet,
        settings,
        fallback,
    )
    return [*(part.router() for part in parts), errors.router()]
