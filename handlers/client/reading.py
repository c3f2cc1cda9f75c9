"""Telegram's objects in the words of the bridge. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from aiogram.types import CallbackQuery, Message

from handlers.callbacks import LIVES_DAYS
from services.channels.view import ChannelView
from services.connectors.messages import Edited, MediaKind
from services.connectors.messages import Message as OurMessage
from services.connectors.registry import Registry
from services.conversations.values import Author, ManagerMessage, Press
from services.inbox.models import Event
from services.tenants.actor import Actor


def author_of(actor: Actor, message: Message | None) -> Author:
    """Return who writes; an anonymous admin, a channel and another bot are no person."""
    is_person = actor.telegram_id != 0 and (message is None or message.sender_chat is None)
    return Author(telegram_user_id=actor.telegram_id, name=actor.name, is_person=is_person)


def message_of(registry: Registry, stored: Event, message: Message) -> Iterator[ManagerMessage]:
    """Yield the message as the connector reads it; service lines of the topic yield nothing."""
    for found in registry[stored.channel.provider].parse(stored.channel.account, stored.raw):
        if isinstance(found, OurMessage):
            yield _manager_message(stored.channel, found, message)


def _manager_message(channel: ChannelView, found: OurMessage, message: Message) -> ManagerMessage:
    unknown = any(media.kind is MediaKind.OTHER for media in found.media)
    return ManagerMessage(
        bot=channel,
        chat_id=found.chat_id,
        thread_id=found.thread_id,
        message_id=found.external_id,
        at=found.at,
        text=found.text,
        media=() if unknown else found.media,
        reply_to=found.reply_to,
        group_id=found.group_id,
        refused_kind=str(message.content_type) if unknown else "",
    )


def edit_of(registry: Registry, stored: Event, message: Message) -> Iterator[ManagerMessage]:
    """Yield the message's new text."""
    for found in registry[stored.channel.provider].parse(stored.channel.account, stored.raw):
        if isinstance(found, Edited):
            yield ManagerMessage(
                bot=stored.channel,
                chat_id=found.chat_id,
                thread_id=str(message.message_thread_id or ""),
                message_id=found.external_id,
                at=found.at,
                text=found.text,
            )


def press_of(channel: ChannelView, query: CallbackQuery, now: datetime) -> Press | None:
    """Return a pressed button, None when its message is 30 days old or not shown any more."""
    message = query.message
    if not isinstance(message, Message) or now - message.date > timedelta(days=LIVES_DAYS):
        return None
    thread = message.message_thread_id if message.is_topic_message else None
    return Press(
        bot=channel,
        callback_id=query.id,
        chat_id=str(message.chat.id),
        thread_id=str(thread or ""),
        message_id=str(message.message_id),
        data=query.data or "",
    )
