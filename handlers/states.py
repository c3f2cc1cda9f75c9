"""Where a dialogue stands: names of states, each stored with what was collected so far."""

from __future__ import annotations

SIGN_UP_NAME = "sign_up.name"
SIGN_UP_ZONE = "sign_up.zone"
ADMIN_INVITE_NAME = "admin_invite.name"
BOT_TOKEN = "bot.token"  # noqa: S105 - a state's name
BOT_ROTATE = "bot.rotate"
CREDENTIALS = "channel.credentials"
QUIET = "person.quiet"
SILENCE = "channel.silence"
RENAME = "channel.name"
