"""Telegram: bots, as the members' home and as a channel to contacts. Docs:
https://core.telegram.org/bots/api

Works: messages with formatting and buttons, pictures, files, voices (Opus in MP4 is put into OGG),
video, audio, animations, stickers, locations, albums of 2-10, reply-to, edit, delete, reactions,
pins, topics, typing, answers to buttons, any method by Native; webhook with a secret or
getUpdates; downloads up to 20 MB, uploads up to 50 MB (pictures 10 MB); health of the token and
the webhook; the check of a group. Does not: receipts (bots get none), marking read, blocking a
person, history, repeating safely (there is no idempotency key), albums with buttons, text with a
location or a sticker, contact cards and polls outward.
"""

from __future__ import annotations

from services.providers.telegram.connector import TelegramConnector

CONNECTORS = {"telegram": TelegramConnector}
