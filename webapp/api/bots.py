"""The business's Telegram bots."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from pydantic import Field

from webapp.api import channels
from webapp.api.channels import (
    ChannelShown,
    ChannelsShown,
    ChecksShown,
    Connected,
    ErrorsQuery,
    ErrorsShown,
    NewKeys,
    Told,
)
from webapp.api.schema import Body, Done, answer, body, describe
from webapp.auth.session import require


class NewBot(Body):
    """A bot's token, as BotFather gives it."""

    token: Annotated[str, Field(min_length=1, max_length=200)]


@require("bots.read")
@describe("Bots, their webhooks and health", answer=ChannelsShown)
async def list_bots(request: web.Request) -> web.Response:
    """Answer GET /api/v1/bots."""
    return await channels.listed(request, bots=True)


@require("bots.read")
@describe("One bot", answer=ChannelShown)
async def show_bot(request: web.Request) -> web.Response:
    """Answer GET /api/v1/bots/{id}."""
    return await channels.one(request, bots=True)


@require("bots.read")
@describe("A bot's failed calls", query=ErrorsQuery, answer=ErrorsShown)
async def list_errors(request: web.Request) -> web.Response:
    """Answer GET /api/v1/bots/{id}/errors."""
    return await channels.errors(request, bots=True)


@require("bots.write")
@describe("Connect a bot by its token", body=NewBot, answer=Connected, status=201)
async def add_bot(request: web.Request) -> web.Response:
    """Answer POST /api/v1/bots."""
    accounts, who, _ = channels.caller(request)
    wanted = await body(request, NewBot)
    made = await accounts.add_bot(who.tenant_id, who.actor, wanted.token)
    return answer(channels.connected(made), status=201)


@require("bots.write")
@describe("Look at a bot now; a lost webhook is set anew", answer=ChecksShown)
async def check_bot(request: web.Request) -> web.Response:
    """Answer POST /api/v1/bots/{id}/check."""
    return await channels.check(request, bots=True)


@require("bots.write")
@describe("Give a bot its new token", body=NewKeys, answer=Connected)
async def rotate_bot(request: web.Request) -> web.Response:
    """Answer POST /api/v1/bots/{id}/credentials."""
    return await channels.rotate(request, bots=True)


@require("bots.write")
@describe("Swap the webhook's address and secret", answer=Told)
async def renew_hook(request: web.Request) -> web.Response:
    """Answer POST /api/v1/bots/{id}/hook."""
    return await channels.renew(request, bots=True)


@require("bots.write")
@describe("Disconnect a bot and erase its token", answer=Done)
async def remove_bot(request: web.Request) -> web.Response:
    """Answer DELETE /api/v1/bots/{id}."""
    return await channels.remove(request, bots=True)
