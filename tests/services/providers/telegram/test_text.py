"""Entities: code points here, UTF-16 there."""

from hypothesis import given
from hypothesis import strategies as st

from services.connectors.messages import Entity, Text
from services.providers.telegram.text import WireEntity, from_wire, to_wire, utf16_length

KINDS = ["bold", "italic", "underline", "strike", "code", "pre", "quote", "link", "spoiler"]


def test_emoji_counts_two_over_there():
    text = Text(text="🍒 вишня", entities=(Entity(kind="bold", offset=2, length=5),))

    assert to_wire(text) == [{"type": "bold", "offset": 3, "length": 5}]


def test_link_keeps_its_address_and_needs_one():
    link = Entity(kind="link", offset=0, length=1, url="https://e.com")

    assert to_wire(Text(text="a", entities=(link,)))[0]["url"] == "https://e.com"
    assert to_wire(Text(text="a", entities=(Entity(kind="link", offset=0, length=1),))) == []


def test_kinds_we_do_not_carry_are_dropped():
    wire = [WireEntity("mention", 0, 2), WireEntity("custom_emoji", 0, 2)]

    assert from_wire("ab", wire) == Text(text="ab")


def test_offset_inside_a_pair_moves_to_its_start():
    found = from_wire("🍒🍒", [WireEntity("bold", 1, 3)])

    assert found.entities == (Entity(kind="bold", offset=0, length=2),)


ANY_TEXT = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from("🍒👩‍🔬🇷🇺"), max_size=30
)


@st.composite
def formatted(draw) -> Text:
    text = draw(ANY_TEXT.filter(bool))
    entities = []
    for kind in draw(st.lists(st.sampled_from(KINDS), max_size=4)):
        offset = draw(st.integers(0, len(text) - 1))
        length = draw(st.integers(1, len(text) - offset))
        url = "https://e.com" if kind == "link" else ""
        entities.append(Entity(kind=kind, offset=offset, length=length, url=url))
    return Text(text=text, entities=tuple(entities))


@given(formatted())
def test_there_and_back_is_the_same_text(text):
    wire = to_wire(text)

    assert from_wire(text.text, [WireEntity(**entity) for entity in wire]) == text
    units = text.text.encode("utf-16-le")
    for ours, theirs in zip(text.entities, wire, strict=True):
        start, end = theirs["offset"] * 2, (theirs["offset"] + theirs["length"]) * 2
        assert (
            units[start:end].decode("utf-16-le")
            == text.text[ours.offset : ours.offset + ours.length]
        )


@given(ANY_TEXT, st.integers(-5, 40), st.integers(-5, 40))
def test_any_numbers_make_valid_entities_or_none(text, offset, length):
    ours = Text(text=text, entities=(Entity(kind="bold", offset=offset, length=length),))
    for entity in to_wire(ours):
        assert entity["offset"] >= 0
        assert 0 < entity["length"] <= utf16_length(text) - entity["offset"]
    for entity in from_wire(text, [WireEntity("bold", offset, length)]).entities:
        assert entity.offset >= 0
        assert 0 < entity.length <= len(text) - entity.offset
