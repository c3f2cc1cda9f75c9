"""Pure decisions: splitting, notes, marks, echoes, titles, what a channel carries."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.connectors.base import Capabilities
from services.connectors.messages import Entity, Media, MediaKind, Text
from services.conversations import callbacks, carrying, rules
from services.conversations.models import MessageState
from services.conversations.rules import Candidate

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
TEXTS = st.text(st.sampled_from("аб \n😀x"), max_size=400)
STATES = st.sampled_from(list(rules.RANKS))


@given(TEXTS, st.integers(1, 60))
def test_split_parts_are_the_text_and_none_is_too_long(text: str, limit: int) -> None:
    parts = rules.split_text(Text(text=text), limit)

    assert "".join(part.text for part in parts) == text
    assert all(1 <= len(part.text) <= limit for part in parts)


@given(st.text("ab \n", min_size=1, max_size=300), st.integers(10, 50), st.data())
def test_split_keeps_every_formatted_character(text: str, limit: int, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text) - 1))
    length = data.draw(st.integers(1, len(text) - offset))
    bold = Entity(kind="bold", offset=offset, length=length)

    parts = rules.split_text(Text(text=text, entities=(bold,)), limit)

    found = "".join(
        part.text[e.offset : e.offset + e.length] for part in parts for e in part.entities
    )
    assert found == text[offset : offset + length]


@given(TEXTS, st.integers(20, 80))
def test_numbered_parts_fit_and_lose_nothing(text: str, limit: int) -> None:
    parts = rules.number_parts(Text(text=text), limit)

    assert all(len(part.text) <= limit for part in parts)
    bodies = [part.text.partition(") ")[2] for part in parts] if len(parts) > 1 else [text]
    assert "".join(bodies) == text


@given(STATES, st.lists(STATES, max_size=12))
def test_a_message_that_was_sent_never_becomes_less(
    state: MessageState, later: list[MessageState]
) -> None:
    best = rules.RANKS[state]
    for to in later:
        if rules.may_rise(state, to):
            state = to
        if best >= rules.RANKS[MessageState.SENT]:
            assert rules.RANKS[state] >= best
        best = max(best, rules.RANKS[state])


def test_inbound_state_never_moves() -> None:
    assert not rules.may_rise(MessageState.RECEIVED, MessageState.READ)


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("// дорого", "дорого"),
        ("  //дорого", "дорого"),
        ("#дорого", "дорого"),
        ("/note дорого", "дорого"),
        ("/NOTE дорого", "дорого"),
        ("/note@cherry_bot дорого", "дорого"),
        ("//", ""),
        ("дорого // да", None),
        ("https://example.test", None),
        ("", None),
    ],
)
def test_notes_are_known_by_their_head(text: str, note: str | None) -> None:
    assert rules.note_text(text) == note


@given(
    st.lists(
        st.tuples(st.sampled_from(["да", "нет", "да\r\n"]), st.integers(-900, 900)), max_size=6
    )
)
def test_echo_is_the_oldest_equal_text_within_ten_minutes(
    sent: list[tuple[str, int]],
) -> None:
    candidates = [
        Candidate(uuid4(), text, NOON + timedelta(seconds=seconds)) for text, seconds in sent
    ]

    found = rules.match_echo("да", NOON, candidates)

    fitting = [
        c
        for c in candidates
        if rules.normal(c.text) == "да" and abs(c.created_at - NOON) <= rules.ECHO_WINDOW
    ]
    if found is not None:
        chosen = next(c for c in candidates if c.delivery_id == found)
        assert rules.normal(chosen.text) == "да"
    oldest = min(fitting, key=lambda c: c.created_at, default=None)
    if oldest is not None:
        assert found is not None


def test_hidden_link_is_written_out_for_a_channel_without_formatting() -> None:
    link = Entity(kind="link", offset=0, length=5, url="https://example.test")

    assert rules.plain(Text(text="здесь да", entities=(link,))).text == (
        "здесь (https://example.test) да"
    )


def test_joined_texts_keep_their_formatting() -> None:
    bold = Text(text="раз", entities=(Entity(kind="bold", offset=0, length=3),))

    joined = rules.joined([Text(text="ноль"), bold], "\n")

    assert joined.text == "ноль\nраз"
    assert joined.entities == (Entity(kind="bold", offset=5, length=3),)


@given(st.lists(st.integers(0, 300), max_size=40))
def test_a_group_never_gets_four_titles_a_minute(wishes: list[int]) -> None:
    taken: list[datetime] = []
    for seconds in sorted(wishes):
        now = NOON + timedelta(seconds=seconds)
        slot = rules.title_slot(now, None, [t for t in taken if t > now - timedelta(minutes=1)])
        assert slot >= now
        taken.append(slot)
    for moment in taken:
        within = [t for t in taken if moment <= t < moment + timedelta(minutes=1)]
        assert len(within) <= rules.TITLES_PER_MINUTE


def test_a_topic_keeps_its_slot_and_waits_a_minute_after_an_edit() -> None:
    ahead, past = NOON + timedelta(seconds=20), NOON - timedelta(seconds=20)

    assert rules.title_slot(NOON, ahead, []) == ahead
    assert rules.title_slot(NOON, past, []) == NOON + timedelta(seconds=40)


@given(st.text(max_size=200), st.text(max_size=200))
def test_titles_fit(name: str, subject: str) -> None:
    assert 0 < len(rules.title("🟢", name, subject)) <= rules.MAX_TITLE


CAPS = Capabilities(
    initiate=False,
    max_text=50,
    media=frozenset({MediaKind.IMAGE}),
    max_upload={MediaKind.IMAGE: 10},
)


@pytest.mark.parametrize(
    ("media", "key"),
    [
        ((Media(kind=MediaKind.FILE),), "bridge.refused.kind"),
        ((Media(kind=MediaKind.IMAGE), Media(kind=MediaKind.VOICE)), "bridge.refused.kind"),
        ((Media(kind=MediaKind.IMAGE, size=11),), "bridge.refused.size"),
        ((Media(kind=MediaKind.IMAGE, unavailable="too_big"),), "bridge.refused.unavailable"),
        ((), "bridge.refused.empty"),
    ],
)
def test_refusals_name_the_trouble(media: tuple[Media, ...], key: str) -> None:
    refused = carrying.refusal(Text(text=" "), media, CAPS)

    assert refused is not None
    assert refused.key == key


def test_albums_hold_pictures_and_films_up_to_the_limit() -> None:
    kinds = [MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.IMAGE, MediaKind.FILE, MediaKind.IMAGE]

    groups = carrying.albums([Media(kind=kind) for kind in kinds], 2)

    assert [len(group) for group in groups] == [2, 1, 1, 1]


@given(st.uuids(), st.uuids())
def test_buttons_fit_and_come_back(one: UUID, two: UUID) -> None:
    data = callbacks.data("assign", one, callbacks.pack(two))

    pressed = callbacks.read(data)

    assert len(data.encode()) <= 64
    assert pressed is not None
    assert (pressed.id, pressed.extra_id) == (one, two)


@given(st.text(max_size=70))
def test_forged_buttons_are_nothing_or_a_plain_value(data: str) -> None:
    pressed = callbacks.read(data)

    assert pressed is None or data.startswith("b:")


@pytest.mark.parametrize(
    ("url", "is_kept"),
    [
        ("https://avito.ru/items/1?a=b#c", True),
        ("http://xn--e1.ру/ё", True),
        ("javascript:alert(1)", False),
        ("java\tscript:alert(1)", False),
        (" https://avito.ru", False),
        ("https://avito.ru@evil.invalid", False),
        ("https://avito.ru\\@evil.invalid", False),
        ("//evil.invalid", False),
        ("data:text/html,x", False),
        ("https://a\n", False),
        ("https://a/\x00", False),
        ("", False),
    ],
)
def test_only_addresses_of_pages_are_links(url: str, is_kept: bool) -> None:
    assert rules.web_link(url) == (url if is_kept else "")
