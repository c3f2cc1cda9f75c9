"""Avito messenger.

Buyers' chats of a seller's account (https://developers.avito.ru/api-catalog/messenger).

Works: texts, pictures, voices, places, listing cards, calls, links and placeholders in; texts and
pictures out; deleting within an hour, marking read, blacklist; read marks where the list of
messages shows them. Does not exist at Avito: opening a chat, editing, files, voices, quotes and
buttons out.
"""

from __future__ import annotations

from services.providers.avito.connector import Avito

CONNECTORS = {"avito": Avito}
