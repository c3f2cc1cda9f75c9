"""Builds the two dispatchers: middlewares in their order, then the routers of `handlers`."""

from __future__ import annotations

from typing import Any

from aiogram import BaseMiddleware, Dispatcher

from bot.middlewares.actor import ActorOfClient, ActorOfMaster
from bot.middlewares.command import Commands
from bot.middlewares.dialogue import DialogueOfMaster
from bot.middlewares.locale import Locale
from bot.middlewares.log_context import LogContext
from bot.middlewares.talk import Talk
from bot.middlewares.throttle import Throttle
from handlers import client, master
from services.kit.clock import Clock
from services.kit.crypto import Keyring
from services.tenants.service import Tenants


def build_master_dispatcher(
    tenants: Tenants, keyring: Keyring, clock: Clock, **services: Any
) -> Dispatcher:
    """Return the master bot's dispatcher; `services` reach handlers by parameter name."""
    dispatcher = _dispatcher("master", ActorOfMaster(tenants), keyring, clock)
    dispatcher.update.outer_middleware(DialogueOfMaster())
    dispatcher.workflow_data.update(services, tenants=tenants, clock=clock)
    dispatcher.include_routers(*master.routers())
    return dispatcher


def build_client_dispatcher(
    tenants: Tenants, keyring: Keyring, clock: Clock, **services: Any
) -> Dispatcher:
    """Return the dispatcher all client bots share."""
    dispatcher = _dispatcher("client", ActorOfClient(tenants), keyring, clock)
    dispatcher.workflow_data.update(services, tenants=tenants, clock=clock)
    dispatcher.include_routers(*client.routers())
    return dispatcher


def _dispatcher(name: str, actor: BaseMiddleware, keyring: Keyring, clock: Clock) -> Dispatcher:
    dispatcher = Dispatcher(disable_fsm=True, name=name)
    layers = (
        LogContext(),
        Commands(),
        actor,
        Locale(keyring, clock),
        Throttle(clock),
        Talk(keyring),
    )
    for layer in layers:
        dispatcher.update.outer_middleware(layer)
    return dispatcher
