"""The card on top of a topic: who, about what, price, photo, link, and what was before."""

from __future__ import annotations

from uuid import UUID

from services.connectors.messages import (
    Address,
    Edit,
    Entity,
    Keyboard,
    Media,
    MediaKind,
    OutboundMessage,
    Text,
)
from services.conversations import words
from services.conversations.policy import Policies, Policy
from services.kit.clock import Clock
from services.kit.db import Record, Tx
from services.kit.deeplinks import Page, Spot
from services.kit.i18n import t
from services.tenants.doors import Doors

SUBJECT = """
SELECT c.*, ch.provider, ch.title AS channel_title, ch.name AS channel_name,
    (SELECT count(*) FROM conversation o WHERE o.tenant_id = c.tenant_id AND o.contact_id =
        c.contact_id) AS times,
    (SELECT u.name FROM users u WHERE u.id = c.assignee_id) AS assignee, p.last_at, p.about, p.who
FROM conversation c
JOIN channel ch ON ch.tenant_id = c.tenant_id AND ch.id = c.channel_id
LEFT JOIN LATERAL (
    SELECT coalesce(o.last_in_at, o.created_at) AS last_at, o.subject_title AS about,
        coalesce((SELECT m.author_name FROM message m WHERE m.tenant_id = o.tenant_id AND
            m.conversation_id = o.id
                  AND m.author_kind = 'member' ORDER BY m.seq DESC LIMIT 1), '') AS who
    FROM conversation o WHERE o.tenant_id = c.tenant_id AND o.contact_id = c.contact_id AND o.id
        <> c.id
    ORDER BY coalesce(o.last_in_at, o.created_at) DESC LIMIT 1
) AS p ON true
WHERE c.tenant_id = $1 AND c.id = $2
"""
MAX_CARD = 1000


class Cards:
    """Draws cards."""

    def __init__(self, clock: Clock, policies: Policies, doors: Doors) -> None:
        self._clock = clock
        self._policies = policies
        self._doors = doors

    async def build(
        self, tx: Tx, conversation_id: UUID, to: Address, *, with_photo: bool = True
    ) -> OutboundMessage:
        """Return the card as a message; a photo it cannot have is left out by the caller's
        `with_photo`.
        """
        row, policy = await self._read(tx, conversation_id)
        buttons = await self._buttons(tx, policy, conversation_id)
        media = (
            Media(
                kind=MediaKind.IMAGE, ref=row["subject_image_ref"], origin=str(row["channel_id"])
            ),
        )
        photo = media if with_photo and row["subject_image_ref"] else ()
        return OutboundMessage(
            to=to, text=self._text(row, policy), media=photo, buttons=buttons, silent=True
        )

    async def edit(
        self, tx: Tx, conversation_id: UUID, to: Address, card_id: str, *, caption: bool
    ) -> Edit:
        """Return the card's new text."""
        row, policy = await self._read(tx, conversation_id)
        buttons = await self._buttons(tx, policy, conversation_id)
        return Edit(
            to=to,
            external_id=card_id,
            text=self._text(row, policy),
            buttons=buttons,
            caption=caption,
        )

    async def _buttons(self, tx: Tx, policy: Policy, conversation_id: UUID) -> Keyboard:
        url = await self._doors.shared(tx, Spot(Page.DIALOGS, conversation_id))
        acts = words.card_buttons(policy.locale, conversation_id)
        return (*acts, *words.cabinet_button(policy.locale, url))

    async def _read(self, tx: Tx, conversation_id: UUID) -> tuple[Record, Policy]:
        policy = await self._policies.of(tx)
        row = await tx.row(SUBJECT, tx.tenant_id, conversation_id)
        assert row is not None  # noqa: S101 - its topic is being made
        return row, policy

    def _text(self, row: Record, policy: Policy) -> Text:
        name = row["person_name"] or t(policy.locale, "bridge.person.unknown")
        lines = [name]
        title, price = row["subject_title"], row["subject_price"]
        about = " — ".join(part for part in (title, price) if part)
        lines += [about] if about else []
        provider = words.provider_name(policy.locale, row["provider"])
        account = f"{provider} «{row['channel_title'] or row['channel_name']}»"
        lines.append(t(policy.locale, "bridge.card.from", channel=account))
        last = (row["last_at"], row["about"], row["who"]) if row["last_at"] is not None else None
        before = words.history(policy.locale, row["times"], last, self._clock.now(), policy.zone)
        leads = row["assignee"]
        led = t(policy.locale, "bridge.card.assignee", name=leads) if leads else ""
        lines += [line for line in (before, led, row["subject_url"]) if line]
        text = "\n".join(lines)[:MAX_CARD]
        return Text(text=text, entities=_bold(name, text, price, about))


def _bold(name: str, text: str, price: str, about: str) -> tuple[Entity, ...]:
    found = [Entity(kind="bold", offset=0, length=min(len(name), len(text)))]
    if price and about.endswith(price):
        start = len(name) + 1 + len(about) - len(price)
        if start + len(price) <= len(text):
            found.append(Entity(kind="bold", offset=start, length=len(price)))
    return tuple(found)
