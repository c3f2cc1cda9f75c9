"""Ready answers: `/r name` sends one; `/canned` lists, `/canned name = text` keeps, `/canned -
name` forgets.
"""

from __future__ import annotations

from uuid import UUID

from services.connectors.messages import Text
from services.conversations.policy import Policy
from services.conversations.replies import Replies, spot_of
from services.conversations.values import ManagerMessage
from services.kit.db import Record, Tx
from services.kit.errors import InvalidInput
from services.kit.i18n import t
from services.kit.ids import new_id

MAX_NAME = 64
MAX_TEXT = 4000
MOST = 200
"""As many as a business keeps: a list shows all of them."""
LIST = f"SELECT id, name, text FROM canned_reply WHERE tenant_id = $1 ORDER BY name LIMIT {MOST}"
OTHERS = "SELECT count(*) FROM canned_reply WHERE tenant_id = $1 AND name <> $2"
FIND = "SELECT text FROM canned_reply WHERE tenant_id = $1 AND name = $2"
KEEP = """
INSERT INTO canned_reply (tenant_id, id, name, text, author_id) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (tenant_id, name) DO UPDATE SET text = excluded.text, author_id = excluded.author_id,
    updated_at = now()
"""
RENAME = "UPDATE canned_reply SET name = $3 WHERE tenant_id = $1 AND name = $2"
DROP = "DELETE FROM canned_reply WHERE tenant_id = $1 AND name = $2"


class Canned:
    """The tenant's ready answers."""

    def __init__(self, replies: Replies) -> None:
        self._replies = replies

    async def list(self, tx: Tx) -> list[Record]:
        """Return all of them by name."""
        return await tx.fetch(LIST, tx.tenant_id)

    async def keep(self, tx: Tx, name: str, text: str, author_id: UUID | None) -> None:
        """Add or replace one. Raises InvalidInput."""
        name, text = _fit_name(name), text.strip()
        if not text or len(text) > MAX_TEXT:
            raise InvalidInput("bridge.canned.bad_text", field="text")
        if await tx.value(OTHERS, tx.tenant_id, name) >= MOST:
            raise InvalidInput("work.canned.full", field="name", most=MOST)
        await tx.execute(KEEP, tx.tenant_id, new_id(), name, text, author_id)

    async def rename(self, tx: Tx, known: str, name: str) -> None:
        """Call one otherwise; it stays the same one. The name has to be free. Raises
        InvalidInput.
        """
        await tx.execute(RENAME, tx.tenant_id, known, _fit_name(name))

    async def drop(self, tx: Tx, name: str) -> bool:
        """Forget one; False when there was none."""
        return bool(await tx.execute(DROP, tx.tenant_id, clean_name(name)))

    async def call(
        self, tx: Tx, message: ManagerMessage, row: Record, policy: Policy, rest: str
    ) -> Text | None:
        """Return the text of `/r name`, the person's name filled in; None after saying what is
        wrong.
        """
        text = await tx.value(FIND, tx.tenant_id, clean_name(rest)) if rest else None
        if text is None:
            await self._tell_list(tx, message, policy)
            return None
        return Text(text=text.replace("{name}", row["person_name"]).strip())

    async def command(
        self, tx: Tx, message: ManagerMessage, row: Record, policy: Policy, rest: str
    ) -> None:
        """Obey `/canned …`."""
        name, separator, text = rest.partition("=")
        if rest.startswith("-"):
            done = await self.drop(tx, rest[1:])
            self._say(
                tx, message, policy, "bridge.canned.dropped" if done else "bridge.canned.none"
            )
        elif separator:
            try:
                await self.keep(tx, name, text, row["user_id"])
            except InvalidInput as error:
                self._say(tx, message, policy, error.key, **error.params)
                return
            self._say(tx, message, policy, "bridge.canned.kept", name=clean_name(name))
        else:
            await self._tell_list(tx, message, policy)

    async def _tell_list(self, tx: Tx, message: ManagerMessage, policy: Policy) -> None:
        rows = await self.list(tx)
        if not rows:
            self._say(tx, message, policy, "bridge.canned.empty")
            return
        lines = [f"/r {row['name']} — {' '.join(row['text'].split())[:60]}" for row in rows]
        text = "\n".join([t(policy.locale, "bridge.canned.list"), *lines])[:4000]
        self._replies.reply(tx, spot_of(message), "canned", Text(text=text))

    def _say(
        self, tx: Tx, message: ManagerMessage, policy: Policy, key: str, **params: object
    ) -> None:
        self._replies.reply(tx, spot_of(message), key, Text(text=t(policy.locale, key, **params)))


def clean_name(name: str) -> str:
    """Return the name as it is kept: one word, lower case."""
    return "_".join(name.strip().lower().split())


def _fit_name(name: str) -> str:
    """Return the name as it is kept. Raises InvalidInput for none and for a long one."""
    clean = clean_name(name)
    if not clean or len(clean) > MAX_NAME:
        raise InvalidInput("bridge.canned.bad_name", field="name")
    return clean
