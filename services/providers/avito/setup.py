"""Connecting an account, taking it off, and saying what is wrong with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import msgspec

from services.connectors.base import Account, Check, Identity
from services.connectors.errors import AuthExpired, ConnectorError, Rejected, Temporary
from services.providers.avito import oauth
from services.providers.avito.chats import webhooks
from services.providers.avito.client import Call, Client
from services.providers.avito.outbound import account_path
from services.providers.avito.wire import identifier, mapping, words

SELF = Call("GET", "/core/v1/accounts/self")
ITEMS_PAGE = 99  # "less than 100"
ITEMS = Call("GET", f"/core/v1/items?per_page={ITEMS_PAGE}&page=1&status=active")


async def identify(client: Client, account: Account) -> Identity:
    """Return whose keys these are, with the number of listings where it may be read."""
    data = mapping(await client.read(account, SELF))
    external_id = identifier(data.get("id"))
    if not external_id:
        raise Temporary("account without an id")
    extra = await _listings(client, account)
    return Identity(external_id, words(data.get("name")), extra=extra)


async def connect(client: Client, account: Account, hook_url: str | None) -> None:
    """Subscribe our URL and unsubscribe older ones of ours.

    Nothing to do without one: Avito allows reading.
    """
    if hook_url is None:
        return
    listed = await webhooks(client, account)
    if not any(url == hook_url and is_third(version) for url, version in listed):
        await client.ask(account, _hook_call("/messenger/v3/webhook", hook_url))
    ours = hook_url.rsplit("/", 1)[0] + "/"
    for url in {url for url, _ in listed if url.startswith(ours) and url != hook_url}:
        await client.ask(account, _hook_call("/messenger/v1/webhook/unsubscribe", url))


async def disconnect(client: Client, account: Account, hook_url: str | None) -> None:
    """Unsubscribe our URL; one that is not subscribed is fine."""
    if hook_url is None:
        return
    try:
        await client.ask(account, _hook_call("/messenger/v1/webhook/unsubscribe", hook_url))
    except Rejected as error:
        if error.status not in {400, 404}:
            raise


async def health(client: Client, account: Account, hook_url: str | None) -> Sequence[Check]:
    """Return a line per capability, so that one missing right does not colour the others."""
    token, account = await _token_check(client, account)
    orders = Check("orders", "idle", "health.avito.orders.not_needed")
    if token.state != "ok":
        return [token, _waiting("messenger"), _waiting("webhook"), orders]
    messenger = await _checked("messenger", lambda: _messenger(client, account))
    webhook = await _checked("webhook", lambda: _webhook(client, account, hook_url))
    return [token, messenger, webhook, orders]


def _fine(name: str) -> Check:
    return Check(name, "ok", f"health.avito.{name}.ok")


def _waiting(name: str) -> Check:
    return Check(name, "unknown", "health.avito.token_first")


def is_third(version: str) -> bool:
    """Say whether a subscription's version is 3, however it is written."""
    return version.lstrip("vV").split(".", 1)[0] == "3"


def _hook_call(path: str, url: str) -> Call:
    return Call("POST", path, msgspec.json.encode({"url": url}))


async def _listings(client: Client, account: Account) -> dict[str, str]:
    try:
        found = mapping(await client.read(account, ITEMS)).get("resources")
    except (AuthExpired, Rejected, Temporary):
        return {}  # a right of its own; its lack must not stop connecting
    count = len(found) if isinstance(found, list) else 0
    return {"listings": f"{count}+" if count >= ITEMS_PAGE else str(count)}


async def _token_check(client: Client, account: Account) -> tuple[Check, Account]:
    """Ask who we are; an old token is renewed here unless renewing would spend a grant."""
    try:
        data = mapping(await client.read(account, SELF))
    except AuthExpired:
        return await _renewed(client, account)
    except Rejected as error:
        return _said("token", error), account
    if identifier(data.get("id")) != account.external_id:
        return Check("token", "bad", "health.avito.token.other_account"), account
    return _fine("token"), account


async def _renewed(client: Client, account: Account) -> tuple[Check, Account]:
    refused = Check("token", "bad", "health.avito.token.refused")
    if oauth.rotates(account):
        return refused, account
    try:
        fresh = replace(account, token=await oauth.refresh(client, account))
        data = mapping(await client.read(fresh, SELF))
    except AuthExpired as error:
        return refused if error.status != 403 else _said("token", error), account
    except Rejected as error:
        return _said("token", error), account
    if identifier(data.get("id")) != account.external_id:
        return Check("token", "bad", "health.avito.token.other_account"), account
    return _fine("token"), fresh


async def _checked(name: str, probe: Callable[[], Awaitable[Check]]) -> Check:
    try:
        return await probe()
    except (AuthExpired, Rejected) as error:
        return _said(name, error)


def _said(name: str, error: ConnectorError) -> Check:
    """A lacking level or right is the owner's to mend: a warning with its words."""
    words_of = {402: "not_paid", 403: "no_rights"}
    return Check(name, "warn", f"health.avito.{name}.{words_of.get(error.status, 'refused')}")


async def _messenger(client: Client, account: Account) -> Check:
    await client.read(account, Call("GET", account_path(2, account, "/chats?limit=1")))
    return _fine("messenger")


async def _webhook(client: Client, account: Account, hook_url: str | None) -> Check:
    if hook_url is None:
        return Check("webhook", "idle", "health.avito.webhook.not_used")
    listed = await webhooks(client, account)
    if any(url == hook_url and is_third(version) for url, version in listed):
        return _fine("webhook")
    return Check("webhook", "warn", "health.avito.webhook.missing")
