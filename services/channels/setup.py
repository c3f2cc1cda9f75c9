"""The provider's side of connecting: who is behind credentials, point the webhook, dress a bot.

Every function makes calls and touches no row; what refused is told in words a form can show.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import orjson

from services.channels.menus import described
from services.connectors.base import (
    Account,
    Connector,
    Identity,
    SupportsOAuth,
    SupportsPicture,
    SupportsSetup,
)
from services.connectors.errors import (
    AuthExpired,
    ConnectorError,
    OutcomeUnknown,
    Rejected,
    Temporary,
)
from services.connectors.messages import Address, Media, Native
from services.kit.errors import InvalidInput, Unavailable
from services.kit.i18n import DEFAULT_LOCALE, Texts

log = logging.getLogger(__name__)
T = TypeVar("T")

PICTURE = Path(__file__).with_name("picture.jpg")
"""Our mark, 640 × 640; drawn for this, as in the city's page."""


async def identify(connector: Connector, account: Account) -> tuple[Identity, Account]:
    """Return whose credentials these are, and the account with a token where it needs one.

    Raises InvalidInput naming the secret field, Unavailable when the provider is away.
    """
    if not isinstance(connector, SupportsSetup):
        return Identity(account.external_id, ""), account
    if isinstance(connector, SupportsOAuth):
        token = await asked(connector, lambda: connector.refresh(account))
        account = replace(account, token=token)
    identity = await asked(connector, lambda: connector.identify(account))
    return identity, replace(account, external_id=identity.external_id)


async def asked(connector: Connector, call: Callable[[], Awaitable[T]]) -> T:
    """Return the provider's answer; its refusal becomes a field error, its absence Unavailable."""
    try:
        return await call()
    except AuthExpired as error:
        raise InvalidInput(
            "channels.credentials.refused", field=secret_field(connector)
        ) from error
    except Rejected as error:
        raise InvalidInput("channels.credentials.no_access", field="") from error
    except (Temporary, OutcomeUnknown) as error:
        raise Unavailable("channels.provider_away") from error


def secret_field(connector: Connector) -> str:
    """Return the field a refused sign-in is shown at."""
    secrets = [item.name for item in connector.fields if item.secret]
    return secrets[-1] if secrets else ""


async def point_hook(connector: Connector, account: Account, hook_url: str | None) -> bool:
    """Set or take away the webhook; False when it did not work (a check tries again)."""
    if not isinstance(connector, SupportsSetup):
        return True
    try:
        await connector.connect(account, hook_url)
    except ConnectorError as error:
        log.warning(
            "webhook not set",
            extra={"channel_id": account.channel_id, "error": type(error).__name__},
        )
        return False
    return True


async def unhook(connector: Connector, account: Account, hook_url: str | None) -> bool:
    """Take our webhook away as well as it goes."""
    if not isinstance(connector, SupportsSetup):
        return True
    try:
        await connector.disconnect(account, hook_url)
    except ConnectorError as error:
        log.warning(
            "webhook not removed",
            extra={"channel_id": account.channel_id, "error": type(error).__name__},
        )
        return False
    return True


class NoMedia:
    """Set-up sends no attachments."""

    async def open(self, media: Media) -> Any:
        """Never called."""
        raise Rejected(f"no {media.kind} in set-up")


async def dress(
    connector: Connector, account: Account, kind: str, texts: Texts, public_url: str | None = None
) -> bool:
    """Give a bot its menu of commands and its descriptions in every language of ours, the master
    bot the way into the cabinet; return whether it got our picture, having none.
    """
    is_portrayed = await _portray(connector, account)
    for locale in ("", *sorted(texts.translations)):
        calls = _dressing(kind, locale, texts)
        if not locale and kind == "master" and (public_url or "").startswith("https://"):
            calls.append(_cabinet(texts, f"{public_url}/app"))
        for method, params in calls:
            action = Native(to=Address(), method=method, params=orjson.dumps(params))
            try:
                await connector.send(account, action, NoMedia())  # type: ignore[arg-type]
            except ConnectorError as error:
                log.info(
                    "bot not dressed",
                    extra={"channel_id": account.channel_id, "error": type(error).__name__},
                )
    return is_portrayed


async def _portray(connector: Connector, account: Account) -> bool:
    """Show our mark on a bot without a picture; one its owner chose is never touched."""
    if not isinstance(connector, SupportsPicture):
        return False
    try:
        if await connector.has_picture(account):
            return False
        await connector.set_picture(account, PICTURE.read_bytes())
    except ConnectorError as error:
        extra = {"channel_id": account.channel_id, "error": type(error).__name__}
        log.info("bot has no picture", extra=extra)
        return False
    return True


def _cabinet(texts: Texts, url: str) -> tuple[str, dict[str, Any]]:
    """Return the button beside the text field that opens the Mini App (https only)."""
    button = {"type": "web_app", "text": texts.t(DEFAULT_LOCALE, "channels.menu.cabinet")}
    return "setChatMenuButton", {"menu_button": {**button, "web_app": {"url": url}}}


def _dressing(kind: str, locale: str, texts: Texts) -> list[tuple[str, dict[str, Any]]]:
    words = locale or DEFAULT_LOCALE
    language = {"language_code": locale} if locale else {}
    calls: list[tuple[str, dict[str, Any]]] = []
    for scope, commands in described(kind, words, texts):
        menu = [{"command": name, "description": text} for name, text in commands]
        params = {"commands": menu, "scope": {"type": scope}, **language}
        calls.append(("setMyCommands", params))
    about = texts.t(words, f"channels.about.{kind}")
    calls.append(("setMyShortDescription", {"short_description": about, **language}))
    greeting = texts.t(words, f"channels.greeting.{kind}")
    calls.append(("setMyDescription", {"description": greeting, **language}))
    return calls
