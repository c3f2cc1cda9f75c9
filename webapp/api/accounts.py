"""The business's accounts at marketplaces."""

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
    Secret,
    Told,
)
from webapp.api.schema import Answer, Body, Done, answer, body, describe
from webapp.auth.session import require


class NewAccount(Body):
    """An account's keys; GET /api/v1/account-forms says which fields a provider asks for."""

    provider: Annotated[str, Field(max_length=32)]
    credentials: Annotated[dict[str, Secret], Field(max_length=8)]


class FormField(Answer):
    """A field of the form; `is_secret`: never shown again."""

    name: str
    is_secret: bool
    pattern: str


class Forms(Answer):
    """What each kind of account asks for, by provider."""

    forms: dict[str, list[FormField]]


@require("accounts.read")
@describe("Accounts and their health", answer=ChannelsShown)
async def list_accounts(request: web.Request) -> web.Response:
    """Answer GET /api/v1/accounts."""
    return await channels.listed(request, bots=False)


@require("accounts.read")
@describe("One account", answer=ChannelShown)
async def show_account(request: web.Request) -> web.Response:
    """Answer GET /api/v1/accounts/{id}."""
    return await channels.one(request, bots=False)


@require("accounts.read")
@describe("An account's failed calls", query=ErrorsQuery, answer=ErrorsShown)
async def list_errors(request: web.Request) -> web.Response:
    """Answer GET /api/v1/accounts/{id}/errors."""
    return await channels.errors(request, bots=False)


@require("accounts.read")
@describe("Which keys each provider asks for", answer=Forms)
async def list_forms(request: web.Request) -> web.Response:
    """Answer GET /api/v1/account-forms."""
    accounts, _, _ = channels.caller(request)
    forms = {
        provider: [FormField(name=f.name, is_secret=f.secret, pattern=f.pattern) for f in fields]
        for provider, fields in accounts.forms().items()
    }
    return answer(Forms(forms=forms))


@require("accounts.write")
@describe("Connect an account by its keys", body=NewAccount, answer=Connected, status=201)
async def add_account(request: web.Request) -> web.Response:
    """Answer POST /api/v1/accounts."""
    accounts, who, _ = channels.caller(request)
    wanted = await body(request, NewAccount)
    keys = wanted.credentials
    made = await accounts.connect(who.tenant_id, who.actor, wanted.provider, keys)
    return answer(channels.connected(made), status=201)


@require("accounts.write")
@describe("Look at an account now; a lost webhook is set anew", answer=ChecksShown)
async def check_account(request: web.Request) -> web.Response:
    """Answer POST /api/v1/accounts/{id}/check."""
    return await channels.check(request, bots=False)


@require("accounts.write")
@describe("Give an account new keys", body=NewKeys, answer=Connected)
async def rotate_account(request: web.Request) -> web.Response:
    """Answer POST /api/v1/accounts/{id}/credentials."""
    return await channels.rotate(request, bots=False)


@require("accounts.write")
@describe("Swap the webhook's address and secret", answer=Told)
async def renew_hook(request: web.Request) -> web.Response:
    """Answer POST /api/v1/accounts/{id}/hook."""
    return await channels.renew(request, bots=False)


@require("accounts.write")
@describe("Disconnect an account and erase its keys", answer=Done)
async def remove_account(request: web.Request) -> web.Response:
    """Answer DELETE /api/v1/accounts/{id}."""
    return await channels.remove(request, bots=False)
