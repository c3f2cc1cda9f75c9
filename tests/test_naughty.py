"""The list of naughty strings is as long and as varied as those who rely on it say."""

from tests.naughty import KINDS, LEAST, SHARP, STRINGS, attacks, joined, kept


def test_there_are_as_many_as_the_public_list_has_and_none_twice() -> None:
    assert len(STRINGS) == len(set(STRINGS)) >= LEAST
    assert len(KINDS) >= 20
    assert len(SHARP) >= 2 * len(KINDS)


def test_there_are_a_thousand_attacks_and_none_twice() -> None:
    made = list(attacks())

    assert len(made) == len(set(made)) == 1_000
    assert sum("naughty" in one for one in made) > 850


def test_joined_texts_hold_every_string_and_stay_short() -> None:
    made = joined(STRINGS, 4_000)

    assert all(len(text) <= 4_000 for text in made)
    assert "\n".join(made) == "\n".join(STRINGS)


def test_what_is_kept_can_be_kept() -> None:
    for text in STRINGS:
        assert kept(text) == kept(kept(text))
        kept(text).encode()
