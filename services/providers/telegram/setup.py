"""Connect, check and disconnect a bot, and look at a group: the calls that are not in anyone's
way.

setWebhook is rate limited (one a second per bot), so it is called only when getWebhookInfo
differs. The API never tells the secret; a wrong one shows as "401" in the webhook's last error,
which counts as a difference.
Source: Bot API 10.3, setWebhook, WebhookInfo.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, TypeVar

import msgspec

from services.connectors.base import Account, Check, Identity
from services.connectors.errors import AuthExpired, Rejected, Temporary
from services.kit.clock import Clock
from services.providers.telegram import rights
from services.providers.telegram.client import BotApi, decode
from services.providers.telegram.multipart import FilePart

ALLOWED_UPDATES = (
    "message",
    "edited_message",
    "callback_query",
    "my_chat_member",
    "chat_member",
    "message_reaction",
)
MAX_CONNECTIONS = 40
PENDING_WARN = 100
RECENT_SECONDS = 15 * 60

T = TypeVar("T")


class WebhookInfo(msgspec.Struct, frozen=True):
    """WebhookInfo."""

    url: str = ""
    pending_update_count: int = 0
    last_error_date: int = 0
    last_error_message: str = ""
    max_connections: int = 0
    allowed_updates: tuple[str, ...] = ()


class Photos(msgspec.Struct, frozen=True):
    """The field of UserProfilePhotos that matters."""

    total_count: int = 0


class Setup:
    """Set-up calls of one connector."""

    def __init__(self, api: BotApi, clock: Clock) -> None:
        self._api = api
        self._clock = clock

    async def identify(self, account: Account) -> Identity:
        """Return whose token this is. Raises AuthExpired."""
        me = await self._get(account, "getMe", {}, rights.Me)
        extra = {
            "can_join_groups": me.can_join_groups,
            "can_read_all_group_messages": me.can_read_all_group_messages,
            "has_topics_enabled": me.has_topics_enabled,
            "can_manage_bots": me.can_manage_bots,
        }
        flags = {name: "true" if value else "false" for name, value in extra.items()}
        return Identity(str(me.id), me.first_name, me.username, flags)

    async def connect(
        self, account: Account, hook_url: str | None, *, force: bool = False
    ) -> None:
        """Make the webhook ours, or take it away for pulling; does nothing when it already is so.

        Raises Rejected for an account without a secret: its webhook could prove nothing.
        """
        if hook_url is not None and not account.hook_secret:
            raise Rejected("no hook secret")
        info = await self._info(account)
        if hook_url is None:
            if info.url or force:
                await self._api.call(account, "deleteWebhook", {})
            return
        if not force and _matches(info, hook_url):
            return
        params = {
            "url": hook_url,
            "secret_token": account.hook_secret,
            "allowed_updates": ALLOWED_UPDATES,
            "max_connections": MAX_CONNECTIONS,
        }
        await self._api.call(account, "setWebhook", params)

    async def disconnect(self, account: Account, hook_url: str | None) -> None:
        """Take our webhook away; one that is somebody else's stays, a dead token has none."""
        try:
            info = await self._info(account)
            if info.url and hook_url in {None, info.url}:
                await self._api.call(account, "deleteWebhook", {})
        except AuthExpired:
            return

    async def health(self, account: Account, hook_url: str | None) -> Sequence[Check]:
        """Return token, webhook, pending, last_error. Raises Temporary, OutcomeUnknown."""
        try:
            await self._get(account, "getMe", {}, rights.Me)
            info = await self._info(account)
        except AuthExpired:
            words = "health.telegram.token_first"
            later = ("webhook", "pending", "last_error")
            unknown = (Check(name, "unknown", words) for name in later)
            return (_check("token", "bad"), *unknown)
        except Rejected as error:
            raise Temporary(error.detail, status=error.status) from error
        return (_check("token", "ok"), *_webhook_checks(info, hook_url, self._now()))

    async def inspect(self, account: Account, chat_id: str) -> Sequence[Check]:
        """Return whether the chat can be a workspace. Raises Temporary, OutcomeUnknown,
        AuthExpired.
        """
        me = await self._get(account, "getMe", {}, rights.Me)
        try:
            chat = await self._get(account, "getChat", {"chat_id": chat_id}, rights.GroupChat)
            if chat.type == rights.PRIVATE:
                return rights.inspect_private(me)
            whom = {"chat_id": chat_id, "user_id": me.id}
            member = await self._get(account, "getChatMember", whom, rights.Membership)
        except Rejected as error:
            return rights.unreachable(error)
        return rights.inspect_group(me, chat, member)

    async def has_picture(self, account: Account) -> bool:
        """Return whether the bot shows a picture, its owner's or ours."""
        whom = {"user_id": int(account.external_id), "limit": 1}
        return (await self._get(account, "getUserProfilePhotos", whom, Photos)).total_count > 0

    async def set_picture(self, account: Account, jpeg: bytes) -> None:
        """Show a picture; it can only be uploaded, as JPEG (Bot API, setMyProfilePhoto)."""

        async def content() -> AsyncIterator[bytes]:
            yield jpeg

        part = FilePart("picture", "picture.jpg", "image/jpeg", len(jpeg), content)
        photo = {"type": "static", "photo": f"attach://{part.field}"}
        await self._api.upload(account, "setMyProfilePhoto", {"photo": photo}, [part])

    async def _info(self, account: Account) -> WebhookInfo:
        return await self._get(account, "getWebhookInfo", {}, WebhookInfo)

    async def _get(
        self, account: Account, method: str, params: dict[str, Any], type_: type[T]
    ) -> T:
        return decode(method, await self._api.call(account, method, params), type_)

    def _now(self) -> float:
        return self._clock.now().timestamp()


def _matches(info: WebhookInfo, hook_url: str) -> bool:
    return (
        info.url == hook_url
        and set(info.allowed_updates) == set(ALLOWED_UPDATES)
        and info.max_connections == MAX_CONNECTIONS
        and "401" not in info.last_error_message
    )


def _webhook_checks(info: WebhookInfo, hook_url: str | None, now: float) -> Sequence[Check]:
    state = "ok" if info.url == (hook_url or "") else "bad"
    pending = "warn" if info.pending_update_count >= PENDING_WARN else "ok"
    recent = now - info.last_error_date < RECENT_SECONDS
    return (
        _check("webhook", state),
        _check("pending", pending, count=str(info.pending_update_count)),
        _check("last_error", "warn" if recent else "ok"),
    )


def _check(name: str, state: str, **params: str) -> Check:
    return Check(name, state, f"health.telegram.{name}.{state}", params)
