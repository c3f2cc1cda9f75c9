"""The short way of an inbound message: a person's plain text in a chat whose topic is known.

One statement stores it, shows it and moves the lane (`services/inbox/shortcut.py`). What is taken
for granted here was seen when the chat's last message went the long way; the statement looks again
and refuses when anything is different.
"""

from __future__ import annotations

from uuid import UUID

from services.connectors.messages import Address, Message, OutboundMessage
from services.connectors.registry import Registry
from services.conversations import carrying, hours
from services.conversations.policy import Policies
from services.conversations.queries import Place
from services.conversations.received import row_of, shown
from services.conversations.values import Post
from services.inbox.models import Event
from services.inbox.shortcut import Shortcut
from services.kit.clock import Clock
from services.kit.ids import new_id

KNOWN = 20_000
RELAY = f"""
SELECT lane, mine, cold, calling, place FROM vishenka_relay({
    ", ".join(f"${n}" + ("::jsonb" if n == 14 else "") for n in range(1, 43))
})
"""


class Quick:
    """Knows where chats are shown."""

    def __init__(self, outbox: Post, registry: Registry, policies: Policies, clock: Clock) -> None:
        self._outbox = outbox
        self._registry = registry
        self._policies = policies
        self._clock = clock
        self._places: dict[tuple[UUID, str], Place] = {}

    def learn(self, channel_id: UUID, chat_id: str, place: Place) -> None:
        """Note where a chat is shown now."""
        if not place.live or not place.thread_id:
            self._places.pop((channel_id, chat_id), None)
            return
        if len(self._places) >= KNOWN:
            self._places.clear()
        self._places[channel_id, chat_id] = place

    def plan(self, event: Event, message: Message) -> Shortcut | None:
        """Return the message's short way; None when it has to go the long one."""
        channel = event.channel
        place = self._places.get((channel.id, message.chat_id))
        policy = self._policies.known(channel.tenant_id)
        if place is None or policy is None or not _is_plain(message):
            return None
        caps = self._registry[place.provider].capabilities
        pieces = carrying.pieces(message.text, (), caps)
        if len(pieces) != 1:
            return None
        message_id = new_id()
        to = Address(chat_id=place.chat_id, thread_id=place.thread_id)
        new = shown(place, OutboundMessage(to=to, text=pieces[0].text), message_id)
        ready = self._outbox.ready(channel.tenant_id, new)
        if ready is None:
            return None
        away = hours.closed_period(policy.calendar, self._clock.now()) if policy.away_text else ""
        args = (
            *row_of(
                self._registry[channel.provider].capabilities, event, message, message_id, policy
            ),
            place.thread_id,
            hours.is_open(policy.calendar, message.at),
            away,
            *ready.args,
            place.bot_id,
        )
        return Shortcut(RELAY, args, ready.done, ready.undo)


def _is_plain(message: Message) -> bool:
    """Say whether it is the plain text of the person on the other side."""
    special = message.system or message.sender.own or message.sender.automatic
    joined = message.media or message.group_id or message.reply_to
    return not special and not joined and bool(message.text.text)
