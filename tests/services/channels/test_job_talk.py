"""A job's answer takes the place of its first message, and is a message of its own without one."""

from uuid import UUID, uuid4

import pytest

from services.bootstrap import Services
from services.channels.jobs import Said, Where
from services.connectors.messages import Edit, OutboundMessage
from services.kit.db import Tx
from services.outbox.job_talk import TARGET, OutboxTalk
from services.outbox.models import Class, Delivery, Go, NewDelivery, Resolver
from tests.services.channels.conftest import Parties


class HeardOutbox:
    """Remembers deliveries and who resolves them."""

    def __init__(self) -> None:
        self.added: list[NewDelivery] = []
        self.resolvers: dict[str, Resolver] = {}

    def add(self, tx: Tx, new: NewDelivery) -> UUID:
        self.added.append(new)
        return new.id

    def resolver(self, kind: str, resolve: Resolver) -> None:
        self.resolvers[kind] = resolve


@pytest.fixture
def outbox() -> HeardOutbox:
    return HeardOutbox()


def as_claimed(new: NewDelivery, tenant_id: UUID, services: Services) -> Delivery:
    return Delivery(
        tenant_id=tenant_id,
        id=new.id,
        channel_id=new.channel_id,
        cls=Class.SERVICE,
        seq=1,
        order_key=new.order_key,
        purpose=new.purpose,
        direction="out",
        action=new.action,
        attempts=1,
        repeat=False,
        created_at=services.clock.now(),
        target_kind=new.target_kind,
        ref=new.ref,
    )


@pytest.mark.parametrize("arrived", [True, False])
async def test_answer_edits_the_first_message_when_there_is_one(
    services: Services, parties: Parties, outbox: HeardOutbox, arrived: bool
) -> None:
    talk = OutboxTalk(outbox)  # type: ignore[arg-type]
    where, job_id = Where(parties.ours, uuid4(), "700"), uuid4()
    async with services.database.tenant(parties.ours) as tx:
        talk.asked(tx, where, job_id, Said("Проверяю…"))
        talk.answered(tx, where, job_id, Said("Готово\nвсё работает"))
        asked, answered = outbox.added
        await tx.execute(
            "INSERT INTO delivery (tenant_id, id, lane, seq, channel_id, idempotency_key, class,"
            " purpose, order_key, action, external_id)"
            " VALUES ($1, $2, 1, 1, $3, $4, 1, 'job', 'k', '', $5)",
            parties.ours,
            asked.id,
            asked.channel_id,
            asked.idempotency_key,
            "42" if arrived else "",
        )

        found = await outbox.resolvers[TARGET](tx, as_claimed(answered, parties.ours, services))

    assert asked.order_key == answered.order_key
    assert isinstance(found, Go)
    assert isinstance(found.action, Edit if arrived else OutboundMessage)
    assert found.action.text.text == "Готово\nвсё работает"
    assert [(one.kind, one.length) for one in found.action.text.entities] == [("bold", 6)]
