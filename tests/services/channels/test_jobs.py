"""Jobs: stored with the dialogue, done once, answered in the chat that waits."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

import pytest

from services.audit.service import Audit
from services.bootstrap import Services
from services.channels.checks import Checker
from services.channels.job_work import CLAIM, LEASE_SECONDS, JobWorker
from services.channels.jobs import (
    AddBot,
    AnyJob,
    CheckChannel,
    ConnectAccount,
    InspectWorkspace,
    Jobs,
    Said,
    Where,
)
from services.channels.service import Channels
from services.connectors.errors import Temporary
from services.kit.db import Tx
from services.tenants.actor import Actor, ActorKind
from tests.services.channels.conftest import Parties
from tests.services.channels.fake_provider import FakeBots, FakeMarket

TOKEN = "5000001:first_token_of_a_bot_of_the_tests"


@dataclass
class HeardTalk:
    """A chat that remembers."""

    first: list[str] = field(default_factory=list)
    answers: list[Said] = field(default_factory=list)

    def asked(self, tx: Tx, where: Where, job_id: UUID, said: Said) -> None:
        self.first.append(said.text)

    def answered(self, tx: Tx, where: Where, job_id: UUID, said: Said) -> None:
        self.answers.append(said)


@pytest.fixture
def talk() -> HeardTalk:
    return HeardTalk()


@pytest.fixture
def worker(channels: Channels, checker: Checker, talk: HeardTalk, services: Services) -> JobWorker:
    return JobWorker(channels, checker, talk, services.catalogues)


@pytest.fixture
def jobs(services: Services, talk: HeardTalk) -> Jobs:
    async def ring(name: str, **ids: object) -> None:
        raise ConnectionError("no broker in this test")

    audit = Audit(services.keyring)
    return Jobs(services.keyring, talk, services.catalogues, ring, audit=audit)


async def ask(
    services: Services, jobs: Jobs, parties: Parties, job: AnyJob, *, locale: str = "ru"
) -> UUID:
    """A dialogue of `ours` with a bot that belongs to `theirs` (as the platform's does)."""
    where = Where(parties.theirs, parties.stranger, "700", locale)
    async with services.database.tenant(parties.theirs) as tx:
        return await jobs.request(tx, parties.ours, job, where)


async def rows(services: Services) -> Sequence[object]:
    async with services.database.system("tests look at jobs") as tx:
        found = await tx.fetch("SELECT state, outcome, params, tries FROM channel_job")
    return [tuple(row) for row in found]


async def make_due(services: Services) -> None:
    async with services.database.system("tests do not wait") as tx:
        await tx.execute("UPDATE channel_job SET not_before = now() - interval '1 second'")


async def test_bot_is_added_and_answered_with_a_button(
    services: Services,
    jobs: Jobs,
    worker: JobWorker,
    talk: HeardTalk,
    parties: Parties,
    bots: FakeBots,
    channels: Channels,
) -> None:
    bots.good = {TOKEN}
    await ask(services, jobs, parties, AddBot(token=TOKEN))

    assert await worker.work() == 1
    assert await worker.work() == 0

    assert talk.first == ["Проверяю…"]
    assert talk.answers[0].text.startswith("Бот «Bot 5000001» подключён\n@bot_5000001")
    assert "startgroup" in talk.answers[0].buttons[0][0].url
    assert [one.external_id for one in await channels.channels(parties.ours)] == ["5000001"]
    assert await rows(services) == [("done", "", None, 1)]


async def test_token_of_a_waiting_job_is_not_readable(
    services: Services, jobs: Jobs, parties: Parties
) -> None:
    await ask(services, jobs, parties, AddBot(token=TOKEN))

    async with services.database.system("tests look at a stored job") as tx:
        stored = await tx.value("SELECT params FROM channel_job")
    assert TOKEN.encode() not in stored
    async with services.database.tenant(parties.ours) as tx:
        assert await tx.value("SELECT count(*) FROM channel_job") == 0


async def test_refusal_is_said_in_the_language_of_the_chat(
    services: Services, jobs: Jobs, worker: JobWorker, talk: HeardTalk, parties: Parties
) -> None:
    await ask(services, jobs, parties, AddBot(token=TOKEN), locale="en")

    await worker.work()

    assert talk.answers[0].text.startswith("The key was refused.")


async def test_provider_away_is_tried_again_then_told(
    services: Services,
    jobs: Jobs,
    worker: JobWorker,
    talk: HeardTalk,
    parties: Parties,
    bots: FakeBots,
) -> None:
    bots.failure = lambda call: Temporary("away")
    await ask(services, jobs, parties, AddBot(token=TOKEN))

    for _ in range(7):
        await worker.work()
        await make_due(services)

    assert len(talk.answers) == 1
    assert talk.answers[0].text.startswith("Сервис не отвечает.")
    assert bots.calls.count("identify") == 5


async def test_job_of_a_killed_worker_is_done_by_another_and_its_late_answer_is_refused(
    services: Services,
    jobs: Jobs,
    worker: JobWorker,
    talk: HeardTalk,
    parties: Parties,
    bots: FakeBots,
) -> None:
    bots.good = {TOKEN}
    await ask(services, jobs, parties, AddBot(token=TOKEN))
    async with services.database.system("a worker takes the job and stops") as tx:
        stale = (await tx.fetch(CLAIM, LEASE_SECONDS, None, 8))[0]
    assert await worker.work() == 0
    async with services.database.system("its lease runs out") as tx:
        await tx.execute("UPDATE channel_job SET lease_until = now() - interval '1 second'")

    assert await worker.work() == 1
    await worker._do(stale)  # the stopped worker wakes up

    assert len(talk.answers) == 1


async def test_two_workers_share_jobs_and_do_each_once(
    services: Services,
    jobs: Jobs,
    worker: JobWorker,
    talk: HeardTalk,
    parties: Parties,
    bots: FakeBots,
) -> None:
    bots.good = {f"{number}:a_token_of_the_tests" for number in range(10, 20)}
    for token in sorted(bots.good):
        await ask(services, jobs, parties, AddBot(token=token))

    taken = await asyncio.gather(*(worker.work() for _ in range(4)))

    assert sum(taken) == 10
    assert len(talk.answers) == 10


async def test_account_is_answered_with_its_checks(
    services: Services,
    jobs: Jobs,
    worker: JobWorker,
    talk: HeardTalk,
    parties: Parties,
    market: FakeMarket,
) -> None:
    market.good = {"9001:keys"}
    await ask(
        services,
        jobs,
        parties,
        ConnectAccount(provider="market", credentials={"token": "9001:keys"}),
    )

    await worker.work()

    assert talk.answers[0].text.split("\n") == [
        "Аккаунт «Bot 9001» подключён",
        "Объявлений: 7",
        "✅ ключ",
        "✅ вебхук",
    ]


async def test_workspace_of_another_tenants_bot_is_not_found(
    services: Services,
    jobs: Jobs,
    worker: JobWorker,
    talk: HeardTalk,
    parties: Parties,
    channels: Channels,
    bots: FakeBots,
) -> None:
    bots.good = {TOKEN}
    made = await channels.add_bot(parties.theirs, TOKEN)
    job = InspectWorkspace(channel_id=made.channel.id, chat_id="-100")
    await ask(services, jobs, parties, job)

    await worker.work()

    assert "inspect" not in bots.calls
    assert len(talk.answers) == 1


async def test_act_is_in_the_audit_of_its_tenant_without_values(
    services: Services, jobs: Jobs, parties: Parties
) -> None:
    actor = Actor(ActorKind.MEMBER, parties.stranger, name="Анна")
    where = Where(parties.theirs, parties.stranger, "700", by=actor)
    async with services.database.tenant(parties.theirs) as tx:
        await jobs.request(tx, parties.ours, AddBot(token=TOKEN), where)

    async with services.database.tenant(parties.ours) as tx:
        ours = await tx.fetch("SELECT action, actor_id, fields::text FROM audit_entry")
    async with services.database.tenant(parties.theirs) as tx:
        theirs = await tx.fetch("SELECT action FROM audit_entry")
    assert [tuple(row) for row in ours] == [("asked.bot.add", parties.stranger, '{"token": ""}')]
    assert theirs == []


async def test_answer_leads_into_the_cabinet_from_the_master_bot_over_https_only(
    services: Services,
    jobs: Jobs,
    worker: JobWorker,
    talk: HeardTalk,
    parties: Parties,
    bots: FakeBots,
    channels: Channels,
) -> None:
    bots.good = {TOKEN}
    channels.ways = replace(channels.ways, public_url="https://cabinet.example")
    await ask(services, jobs, parties, AddBot(token=TOKEN))
    await worker.work()
    (made,) = await channels.channels(parties.ours)
    way = f"https://cabinet.example/app/open?to=bots-{made.id.hex}"
    check = CheckChannel(channel_id=made.id)

    await ask(services, jobs, parties, check)
    await worker.work()
    own = Where(parties.ours, made.id, "-100700", "ru")  # a business's own bot, in its group
    async with services.database.tenant(parties.ours) as tx:
        await jobs.request(tx, parties.ours, check, own)
    await worker.work()
    channels.ways = replace(channels.ways, public_url="http://127.0.0.1:8080")
    await ask(services, jobs, parties, check)
    await worker.work()

    pages = [[b.web_app for row in one.buttons for b in row if b.web_app] for one in talk.answers]
    assert pages == [[way], [way], [], []]
