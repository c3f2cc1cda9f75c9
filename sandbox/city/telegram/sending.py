"""Methods that make messages: texts, media, albums, copies."""

from __future__ import annotations

from sandbox.city.core import Json
from sandbox.city.telegram import entities, markup
from sandbox.city.telegram.access import (
    Ctx,
    find_post,
    may_write,
    open_chat,
    reply_target,
    thread_of,
)
from sandbox.city.telegram.errors import bad
from sandbox.city.telegram.model import Chat, File, Post


def _charge(ctx: Ctx, chat: Chat, *, creates: bool = True) -> None:
    ctx.world.limits.charge(ctx.bot.id, chat.id, is_private=chat.is_private, creates=creates)


def formatted(ctx: Ctx, name: str, given: str, most: int, too_long: str) -> Json:
    """Checked text of `name` with its entities as message fields."""
    raw = ctx.params.text(name)
    listed = ctx.params.data(given)
    text, found = entities.parse(raw, ctx.params.text("parse_mode"), listed)
    if entities.units(text) > most:
        raise bad(too_long)
    if not text:
        return {}
    if not found and not listed:
        found = entities.auto(text) if "/" in text or "@" in text else []
    fields: Json = {name: text}
    if found:
        fields[given] = found
    return fields


def caption(ctx: Ctx) -> Json:
    """The caption's fields, none without a caption."""
    return formatted(
        ctx, "caption", "caption_entities", entities.MAX_CAPTION, "message caption is too long"
    )


def place(ctx: Ctx, chat: Chat, content: Json, files: list[File] | None = None) -> Post:
    """Post on behalf of the bot, with thread, reply and keyboard."""
    may_write(ctx, chat)
    reply_to = reply_target(ctx, chat)
    thread = thread_of(ctx, chat)
    given = ctx.params.data("reply_markup")
    keyboard = markup.checked(given, is_private=chat.is_private)
    _charge(ctx, chat)
    if keyboard is not None:
        content["reply_markup"] = keyboard
    if ctx.params.flag("protect_content"):
        content["has_protected_content"] = True
    post = ctx.world.post(chat, ctx.bot.id, content, thread=thread, reply_to=reply_to, files=files)
    post.method = ctx.method
    return post


def _done(ctx: Ctx, chat: Chat, post: Post) -> Json:
    return ctx.world.render(chat, post, ctx.bot.id)


def send_message(ctx: Ctx) -> Json:
    """SendMessage."""
    chat = open_chat(ctx)
    content = formatted(ctx, "text", "entities", entities.MAX_TEXT, "message is too long")
    if not content:
        raise bad("message text is empty")
    return _done(ctx, chat, place(ctx, chat, content))


def send_media(ctx: Ctx) -> Json:
    """sendPhoto, sendDocument, sendVoice, sendVideo, sendAnimation, sendAudio, sendSticker."""
    chat = open_chat(ctx)
    kind = ctx.method.lower().removeprefix("send")
    file = ctx.world.files.take(ctx.params, kind, ctx.bot.id)
    if file.kind != kind:
        # A file id keeps its kind; sending it by another method is refused.
        raise bad(f"can't use file of type {file.kind.capitalize()} as {kind.capitalize()}")
    return _done(ctx, chat, place(ctx, chat, caption(ctx) if kind != "sticker" else {}, [file]))


def send_location(ctx: Ctx) -> Json:
    """SendLocation."""
    chat = open_chat(ctx)
    try:
        point = {name: float(ctx.params.text(name)) for name in ("latitude", "longitude")}
    except ValueError as error:
        raise bad("wrong HTTP URL specified") from error
    return _done(ctx, chat, place(ctx, chat, {"location": point}))


def send_media_group(ctx: Ctx) -> list[Json]:
    """sendMediaGroup: 2 to 10 parts, each a message, all or nothing."""
    chat = open_chat(ctx)
    media = ctx.params.data("media")
    if not isinstance(media, list) or not 2 <= len(media) <= 10:
        raise bad("there must be from 2 to 10 messages to send")
    parts = []
    for one in media:
        if entities.units(str(one.get("caption") or "")) > entities.MAX_CAPTION:
            raise bad("message caption is too long")
        file = ctx.world.files.take(
            ctx.params, str(one.get("type")), ctx.bot.id, value=str(one.get("media") or "")
        )
        parts.append((one, file))
    group = str(ctx.world.core.rng.getrandbits(53))
    return [_album_part(ctx, chat, one, file, group) for one, file in parts]


def _album_part(ctx: Ctx, chat: Chat, one: Json, file: File, group: str) -> Json:
    content: Json = {"media_group_id": group}
    text, found = entities.parse(
        str(one.get("caption") or ""),
        str(one.get("parse_mode") or ""),
        one.get("caption_entities"),
    )
    if text:
        content["caption"] = text
    if found:
        content["caption_entities"] = found
    return _done(ctx, chat, place(ctx, chat, content, [file]))


def copy_message(ctx: Ctx) -> Json:
    """copyMessage: the same content without a trace of its author."""
    chat = open_chat(ctx)
    source = open_chat(ctx, "from_chat_id")
    post = find_post(ctx, source, "message to copy not found")
    if post.is_service:
        raise bad("message can't be copied")
    kept = ("text", "entities", "caption", "caption_entities", "location", "contact", "poll")
    content = {name: post.body[name] for name in kept if name in post.body}
    if "caption" in ctx.params.values:
        content.pop("caption_entities", None)
        content = {**content, **caption(ctx)}
    return {"message_id": place(ctx, chat, content, post.files).id}


def send_chat_action(ctx: Ctx) -> bool:
    """SendChatAction."""
    chat = open_chat(ctx)
    if not ctx.params.text("action"):
        raise bad("wrong parameter action in request")
    _charge(ctx, chat, creates=False)
    return True
