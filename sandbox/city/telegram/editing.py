"""Methods that change what is there: edits, deletes, pins, reactions."""

from __future__ import annotations

from sandbox.city.core import Json
from sandbox.city.telegram import entities, markup
from sandbox.city.telegram.access import Ctx, find_post, me_in, need, open_chat
from sandbox.city.telegram.errors import bad
from sandbox.city.telegram.model import Chat, Post
from sandbox.city.telegram.sending import caption, formatted

_SAME = (
    "message is not modified: specified new message content and reply markup are exactly "
    "the same as a current content and reply markup of the message"
)
_DELETE_SECONDS = 48 * 3600
_EMOJI = (
    "❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤\u200d🔥 🌚 "
    "🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨\u200d💻 👀 🎃 🙈 😇 😨 🤝 ✍ "
    "🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷\u200d♂ 🤷 🤷\u200d♀ 😡 "
)
REACTIONS = frozenset(_EMOJI.split())


def _charge(ctx: Ctx, chat: Chat) -> None:
    ctx.world.limits.charge(ctx.bot.id, chat.id, is_private=chat.is_private, creates=False)


def _own(ctx: Ctx, chat: Chat) -> Post:
    post = find_post(ctx, chat, "message to edit not found")
    if post.author_id != ctx.bot.id or post.is_service:
        raise bad("message can't be edited")
    return post


def _apply(ctx: Ctx, chat: Chat, post: Post, names: tuple[str, ...], fields: Json) -> Json:
    before = {name: post.body.get(name) for name in names}
    after = {name: fields.get(name) for name in names}
    if before == after:
        raise bad(_SAME)
    _charge(ctx, chat)
    for name in names:
        post.body.pop(name, None)
    post.body.update(fields)
    post.body["edit_date"] = int(ctx.world.core.clock())
    ctx.world.core.feed.touch()
    return ctx.world.render(chat, post, ctx.bot.id)


def _keyboard(ctx: Ctx) -> Json:
    found = markup.checked(ctx.params.data("reply_markup"))
    return {} if found is None else {"reply_markup": found}


def edit_text(ctx: Ctx) -> Json:
    """EditMessageText."""
    chat = open_chat(ctx)
    post = _own(ctx, chat)
    if "text" not in post.body:
        raise bad("there is no text in the message to edit")
    fields = formatted(ctx, "text", "entities", entities.MAX_TEXT, "message is too long")
    if not fields:
        raise bad("message text is empty")
    return _apply(
        ctx, chat, post, ("text", "entities", "reply_markup"), {**fields, **_keyboard(ctx)}
    )


def edit_caption(ctx: Ctx) -> Json:
    """EditMessageCaption."""
    chat = open_chat(ctx)
    post = _own(ctx, chat)
    if not post.files:
        raise bad("there is no caption in the message to edit")
    return _apply(
        ctx,
        chat,
        post,
        ("caption", "caption_entities", "reply_markup"),
        {**caption(ctx), **_keyboard(ctx)},
    )


def edit_markup(ctx: Ctx) -> Json:
    """EditMessageReplyMarkup."""
    chat = open_chat(ctx)
    return _apply(ctx, chat, _own(ctx, chat), ("reply_markup",), _keyboard(ctx))


def delete_message(ctx: Ctx) -> bool:
    """DeleteMessage."""
    chat = open_chat(ctx)
    post = find_post(ctx, chat, "message to delete not found")
    _check_deletable(ctx, chat, post)
    _charge(ctx, chat)
    _remove(ctx, chat, post)
    return True


def delete_messages(ctx: Ctx) -> bool:
    """deleteMessages: what cannot be found is skipped."""
    chat = open_chat(ctx)
    numbers = ctx.params.data("message_ids")
    if not isinstance(numbers, list) or not 1 <= len(numbers) <= 100:
        raise bad("message identifiers are not specified")
    found = [chat.posts[int(one)] for one in numbers if int(one) in chat.posts]
    for post in found:
        if not post.is_removed:
            _check_deletable(ctx, chat, post)
            _remove(ctx, chat, post)
    return True


def _check_deletable(ctx: Ctx, chat: Chat, post: Post) -> None:
    place = me_in(ctx, chat)
    if place is not None and place.may("can_delete_messages"):
        return
    old = ctx.world.core.clock() - post.at > _DELETE_SECONDS
    if old or (not chat.is_private and post.author_id != ctx.bot.id):
        raise bad("message can't be deleted")


def _remove(ctx: Ctx, chat: Chat, post: Post) -> None:
    post.is_removed = True
    chat.pinned.pop(post.id, None)
    ctx.world.core.feed.touch()


def pin(ctx: Ctx) -> bool:
    """pinChatMessage: a service message tells everybody, the bot itself too."""
    chat = open_chat(ctx)
    post = find_post(ctx, chat, "message to pin not found")
    need(ctx, chat, "can_pin_messages", "manage pinned messages in the chat")
    _charge(ctx, chat)
    if post.id in chat.pinned:
        return True
    chat.pinned[post.id] = None
    pinned = ctx.world.render(chat, post, ctx.bot.id, with_reply=False)
    line = ctx.world.post(
        chat, ctx.bot.id, {"pinned_message": pinned}, thread=post.thread, service=True
    )
    ctx.world.tell(chat, line)
    return True


def unpin(ctx: Ctx) -> bool:
    """UnpinChatMessage."""
    chat = open_chat(ctx)
    need(ctx, chat, "can_pin_messages", "manage pinned messages in the chat")
    number = ctx.params.number("message_id")
    if number is None and chat.pinned:
        number = next(reversed(chat.pinned))
    if number is not None:
        chat.pinned.pop(number, None)
    return True


def unpin_all(ctx: Ctx) -> bool:
    """UnpinAllChatMessages and unpinAllForumTopicMessages."""
    chat = open_chat(ctx)
    need(ctx, chat, "can_pin_messages", "manage pinned messages in the chat")
    thread = ctx.params.number("message_thread_id")
    for number in list(chat.pinned):
        if thread is None or chat.posts[number].thread == thread:
            del chat.pinned[number]
    return True


def react(ctx: Ctx) -> bool:
    """setMessageReaction: a bot has one reaction per message, from Telegram's list."""
    chat = open_chat(ctx)
    post = find_post(ctx, chat, "message to react not found")
    given = ctx.params.data("reaction") or []
    for one in given:
        emoji = str(one.get("emoji", "")).replace("\ufe0f", "")
        allowed = chat.allowed_reactions
        if emoji not in REACTIONS or (allowed is not None and emoji not in allowed):
            raise bad("REACTION_INVALID")
    if len(given) > 1:
        raise bad("REACTIONS_TOO_MANY")
    _charge(ctx, chat)
    if given:
        post.reactions[ctx.bot.id] = list(given)
    else:
        post.reactions.pop(ctx.bot.id, None)
    ctx.world.core.feed.touch()
    return True
