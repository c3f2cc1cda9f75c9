"""Methods about the bot itself, its webhook, its files, chats and members."""

from __future__ import annotations

import re
from typing import Any

from sandbox.city.core import Json
from sandbox.city.telegram.access import Ctx, is_present, member_shape, open_chat
from sandbox.city.telegram.errors import ApiError, bad
from sandbox.city.telegram.files import MAX_DOWNLOAD, file_id, path_of
from sandbox.city.telegram.model import Status
from sandbox.city.telegram.updates import Webhook

_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


def get_me(ctx: Ctx) -> Json:
    """GetMe."""
    bot = ctx.bot
    return {
        **bot.user(),
        "can_join_groups": True,
        "can_read_all_group_messages": bot.can_read_all_group_messages,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": bot.has_topics_enabled,
        "allows_users_to_create_topics": False,
        "can_manage_bots": False,
    }


def set_webhook(ctx: Ctx) -> bool:
    """SetWebhook. Plain http is let pass: everything here is on this machine."""
    url = ctx.params.text("url")
    secret = ctx.params.text("secret_token")
    if url and not url.startswith(("http://", "https://")):
        raise bad("bad webhook: An HTTPS URL must be provided for webhook")
    if secret and not _SECRET.fullmatch(secret):
        raise bad("secret token contains unallowed characters")
    most = ctx.params.number("max_connections") or 40
    if not 1 <= most <= 100:
        raise bad("max_connections must be between 1 and 100")
    _one_a_second(ctx)
    _keep_allowed(ctx)
    ctx.bot.updates.set_hook(
        Webhook(url, secret, most), drop=ctx.params.flag("drop_pending_updates")
    )
    ctx.world.core.feed.touch()
    return True


def _one_a_second(ctx: Ctx) -> None:
    now = ctx.world.core.clock()
    if ctx.world.limits.is_enabled and now - ctx.bot.hook_set_at < 1:
        raise ApiError(429, "Too Many Requests: retry after 1", retry_after=1)
    ctx.bot.hook_set_at = now


def _keep_allowed(ctx: Ctx) -> None:
    # Absent keeps the former list, an empty one goes back to the default.
    given = ctx.params.data("allowed_updates")
    if given is not None:
        ctx.bot.updates.allowed = frozenset(map(str, given)) if given else None


def delete_webhook(ctx: Ctx) -> bool:
    """DeleteWebhook."""
    drop = ctx.params.flag("drop_pending_updates")
    ctx.bot.updates.set_hook(Webhook(), drop=drop)
    return True


def webhook_info(ctx: Ctx) -> Json:
    """getWebhookInfo: never tells the secret."""
    updates = ctx.bot.updates
    info: Json = {
        "url": updates.hook.url,
        "has_custom_certificate": False,
        "pending_update_count": len(updates.waiting),
    }
    if updates.hook.url:
        info |= {"max_connections": updates.hook.max_connections, "ip_address": "127.0.0.1"}
    if updates.hook.last_error_at:
        info |= {
            "last_error_date": updates.hook.last_error_at,
            "last_error_message": updates.hook.last_error,
        }
    if updates.allowed is not None:
        info["allowed_updates"] = sorted(updates.allowed)
    return info


async def get_updates(ctx: Ctx) -> list[Json]:
    """GetUpdates."""
    _keep_allowed(ctx)
    limit = ctx.params.number("limit") or 100
    if not 1 <= limit <= 100:
        limit = 100
    timeout = min(max(ctx.params.number("timeout") or 0, 0), 50)
    return await ctx.bot.updates.poll(ctx.params.number("offset"), limit, timeout)


def get_file(ctx: Ctx) -> Json:
    """getFile: refuses what is over 20 MB."""
    file = ctx.world.files.by_id(ctx.params.text("file_id"), ctx.bot.id)
    if len(file.data) > MAX_DOWNLOAD:
        raise bad("file is too big")
    return {
        "file_id": file_id(file, ctx.bot.id),
        "file_unique_id": file.unique_id(),
        "file_size": len(file.data),
        "file_path": path_of(file),
    }


def get_chat(ctx: Ctx) -> Json:
    """GetChat."""
    chat = open_chat(ctx)
    full: Json = {
        **chat.brief(),
        "accent_color_id": chat.id % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(
            (
                "unlimited_gifts",
                "limited_gifts",
                "unique_gifts",
                "premium_subscription",
                "gifts_from_channels",
            ),
            False,
        ),
    }
    if chat.pinned:
        last = chat.posts[next(reversed(chat.pinned))]
        full["pinned_message"] = ctx.world.render(chat, last, ctx.bot.id, with_reply=False)
    if chat.allowed_reactions is not None:
        full["available_reactions"] = [
            {"type": "emoji", "emoji": one} for one in sorted(chat.allowed_reactions)
        ]
    if not chat.is_private:
        full["permissions"] = {"can_send_messages": True, "can_manage_topics": False}
    return full


def get_member(ctx: Ctx) -> Json:
    """GetChatMember."""
    chat = open_chat(ctx)
    number = ctx.params.number("user_id")
    if number is None or (number not in ctx.world.people and number not in ctx.world.bots_by_id):
        raise bad("invalid user_id specified")
    return member_shape(ctx.world, chat, number)


def get_admins(ctx: Ctx) -> list[Json]:
    """getChatAdministrators: people and this bot, no other bots."""
    chat = open_chat(ctx)
    if chat.is_private:
        raise bad("there are no administrators in the private chat")
    return [
        member_shape(ctx.world, chat, number)
        for number, member in chat.members.items()
        if member.is_admin and (number not in ctx.world.bots_by_id or number == ctx.bot.id)
    ]


def member_count(ctx: Ctx) -> int:
    """GetChatMemberCount."""
    chat = open_chat(ctx)
    return 2 if chat.is_private else sum(is_present(one) for one in chat.members.values())


def leave(ctx: Ctx) -> bool:
    """LeaveChat."""
    chat = open_chat(ctx)
    chat.members[ctx.bot.id].status = Status.LEFT
    return True


def invite_link(ctx: Ctx) -> str:
    """ExportChatInviteLink."""
    chat = open_chat(ctx)
    return f"https://t.me/+city{abs(chat.id)}"


def answer_callback(ctx: Ctx) -> bool:
    """answerCallbackQuery: once, and not too late."""
    query = ctx.bot.queries.get(ctx.params.text("callback_query_id"))
    now = ctx.world.core.clock()
    if query is None or now - query["at"] > 30 * max(ctx.world.core.time_scale, 0.1):
        raise bad("query is too old and response timeout expired or query ID is invalid")
    query["answer"] = {
        "text": ctx.params.text("text"),
        "url": ctx.params.text("url"),
        "alert": ctx.params.flag("show_alert"),
    }
    ctx.world.core.feed.touch()
    return True


def keep(ctx: Ctx) -> bool:
    """Setters whose only effect is what the profile shows."""
    values: dict[str, Any] = ctx.params.values
    ctx.bot.settings[ctx.method.lower()] = dict(values)
    if ctx.method.lower() == "setmyname" and ctx.params.text("name"):
        ctx.bot.name = ctx.params.text("name")
    ctx.world.core.feed.touch()
    return True


def set_photo(ctx: Ctx) -> bool:
    """SetMyProfilePhoto: an uploaded JPEG only."""
    photo = ctx.params.data("photo") or {}
    file = ctx.params.files.get(str(photo.get("photo", "")).removeprefix("attach://"))
    if photo.get("type") != "static" or file is None or not file.data.startswith(b"\xff\xd8\xff"):
        raise bad("photo must be uploaded as a file")
    ctx.bot.settings["photo"] = len(file.data)
    return keep(ctx)


def photos(ctx: Ctx) -> Json:
    """getUserProfilePhotos, of the bot itself; one size stands for all."""
    is_own = ctx.params.number("user_id") == ctx.bot.id
    if not is_own or "photo" not in ctx.bot.settings:
        return {"total_count": 0, "photos": []}
    size = {
        "file_id": f"photo-of-{ctx.bot.id}",
        "file_unique_id": str(ctx.bot.id),
        "width": 640,
        "height": 640,
        "file_size": ctx.bot.settings["photo"],
    }
    return {"total_count": 1, "photos": [[size]]}


def kept(ctx: Ctx) -> Any:
    """Their getters."""
    stored = ctx.bot.settings.get("set" + ctx.method.lower().removeprefix("get"), {})
    match ctx.method.lower():
        case "getmycommands":
            return stored.get("commands", [])
        case "getmyname":
            return {"name": ctx.bot.name}
        case "getmydescription":
            return {"description": stored.get("description", "")}
        case "getmyshortdescription":
            return {"short_description": stored.get("short_description", "")}
        case _:
            return stored.get("menu_button", {"type": "default"})
