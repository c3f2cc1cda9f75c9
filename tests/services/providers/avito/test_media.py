"""Cards, pictures, voices; and the addresses nobody follows."""

import hashlib

import pytest

from services.connectors.errors import (
    Reason,
    Rejected,
    Temporary,
)
from services.connectors.messages import (
    Media,
    MediaKind,
)
from services.kit.http import Answer
from services.providers.avito.client import Client
from services.providers.avito.media import is_ours
from tests.services.providers.avito.conftest import (
    ACCOUNT_ID,
    BUYER_ID,
    ITEM_ID,
    Seller,
    address,
    wiring,
)


async def test_subject_names_listing_and_buyer(seller):
    seller.says("?")

    subject, user_id, name = await seller.connector.subject(
        seller.account, address(seller).chat_id
    )

    assert (subject.external_id, subject.title, subject.price) == (
        str(ITEM_ID), "Самокат", "9 900 ₽",
    )  # fmt: skip
    assert subject.url
    assert subject.image_ref
    assert (user_id, name) == (str(BUYER_ID), "Пётр")


async def fetched(seller: Seller, media: Media) -> bytes:
    return b"".join([chunk async for chunk in seller.connector.fetch(seller.account, media)])


async def only_media(seller: Seller) -> Media:
    [message] = await seller.connector.history(seller.account, address(seller).chat_id)
    return message.media[0]


async def test_picture_of_a_buyer_is_fetched_without_our_token(seller):
    written = seller.city.avito.buyer_sends_image(ACCOUNT_ID, BUYER_ID, ITEM_ID)

    content = await fetched(seller, await only_media(seller))

    digest = hashlib.sha256(content).hexdigest()
    assert digest in seller.city.avito.world.media.digests(written.media_id)


async def test_voice_of_a_buyer_is_fetched_by_its_id(seller):
    written = seller.city.avito.buyer_sends_voice(ACCOUNT_ID, BUYER_ID, ITEM_ID)

    content = await fetched(seller, await only_media(seller))

    assert content == seller.city.avito.world.media.voices[written.media_id]


async def test_voice_that_is_gone_is_said(seller):
    with pytest.raises(Rejected) as caught:
        await fetched(seller, Media(kind=MediaKind.VOICE, ref="nothing"))

    assert caught.value.reason is Reason.MEDIA_GONE


async def test_picture_that_is_gone_is_said(seller):
    media = Media(kind=MediaKind.IMAGE, ref=f"{seller.city.avito_url}/media/images/32x32/no.png")

    with pytest.raises(Rejected) as caught:
        await fetched(seller, media)

    assert caught.value.reason is Reason.MEDIA_GONE


OURS = ["https://avito.ru/a.jpg", "https://30.img.avito.st/image/1/1.x?y=z", "https://avito.st:443/",
        "https://img.k.avito.ru/chat/1280x960/5.jpg"]  # fmt: skip
FOREIGN = [
    "http://avito.ru/a.jpg",
    "https://evil.test/avito.ru",
    "https://avito.ru.evil.test/a",
    "https://notavito.ru/a",
    "https://avito.ru@evil.test/a",
    "https://evil.test\\@avito.ru/a",
    "https://avito.ru\\.evil.test/a",
    "https://evil.test#@avito.ru/",
    "https://evil.test?@avito.ru/",
    "https://avito.ru:8443/a",
    "https://127.0.0.1/a",
    "https://[::1]/a",
    "https://169.254.169.254/latest/meta-data",
    "ftp://avito.ru/a",
    "file:///etc/passwd",
    "//avito.ru/a",
    "avito.ru/a",
    "",
    "https://avito.ru/a b",
    "https://avito.ru/a\r\nHost: evil.test",
    "https://аvito.ru/a",
    "https://avito.ru\x00.evil.test/",
    "https://avito.ru:99999/",
]


@pytest.mark.parametrize("url", OURS)
def test_avitos_hosts_are_followed(http, url):
    assert is_ours(Client(wiring(http)), url)


@pytest.mark.parametrize("url", FOREIGN)
@pytest.mark.parametrize("dev", [False, True])
async def test_no_other_address_is_followed(http, account, avito, url, dev):
    assert not is_ours(Client(wiring(http, base_url="http://127.0.0.1:9/avito", dev=dev)), url)
    with pytest.raises(Rejected):
        async for _ in avito.fetch(account, Media(kind=MediaKind.IMAGE, ref=url)):
            pass
    assert http.asked == []


def test_fakes_own_host_counts_in_dev_only(http):
    url, base = "http://127.0.0.1:9/avito/media/x.png", "http://127.0.0.1:9/avito"

    assert is_ours(Client(wiring(http, base_url=base, dev=True)), url)
    assert not is_ours(Client(wiring(http, base_url=base, dev=False)), url)
    assert not is_ours(
        Client(wiring(http, base_url=base, dev=True)), "http://127.0.0.1:10/avito/media/x.png"
    )


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (Answer(200, {"content-length": str(60 * 1024 * 1024)}, b"x"), Rejected, Reason.TOO_BIG),
        (Answer(200, {}, b"x" * (50 * 1024 * 1024 + 1)), Rejected, Reason.TOO_BIG),
        (Answer(200, {}, b""), Rejected, Reason.MEDIA_GONE),
        (Answer(302, {"location": "http://169.254.169.254/"}, b""), Rejected, Reason.MEDIA_GONE),
        (Answer(403, {}, b""), Rejected, Reason.MEDIA_GONE),
        (Answer(503, {}, b""), Temporary, Reason.PROVIDER_DOWN),
        (Answer(429, {}, b""), Temporary, Reason.PROVIDER_DOWN),
    ],
    ids=["said too big", "too big", "empty", "redirect", "forbidden", "down", "haste"],
)
async def test_files_answer_has_its_error(avito, http, account, answer, error, reason):
    http.files = {OURS[0]: answer}

    with pytest.raises(error) as caught:
        async for _ in avito.fetch(account, Media(kind=MediaKind.IMAGE, ref=OURS[0])):
            pass

    assert caught.value.reason is reason
    assert http.asked[0].headers == {}  # no token for a file host
    assert http.asked[0].public_only
