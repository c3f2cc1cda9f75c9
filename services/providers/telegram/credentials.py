"""What a tenant enters to connect a bot: the token that BotFather gave."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from services.connectors.base import CredentialField

SHAPE = r"^[0-9]{1,20}:[A-Za-z0-9_-]{1,120}$"
_TOKEN = re.compile(SHAPE)


@dataclass(frozen=True, slots=True)
class TelegramCredentials:
    """The bot's token; it never shows in a repr, because it sits in every URL we call."""

    token: str = field(repr=False)


FIELDS = (CredentialField("token", secret=True, pattern=SHAPE),)


def is_token(token: str) -> bool:
    """Say whether this may be put into a URL as a token at all."""
    return bool(_TOKEN.match(token))


def bot_id(token: str) -> str:
    """Return the bot's user id: the digits before the colon."""
    return token.partition(":")[0]
