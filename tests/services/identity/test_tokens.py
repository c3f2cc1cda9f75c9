"""Tokens: genuine ones are read back, every other text is nobody's."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.identity.tokens import Mint, Token, TokenKind
from services.kit.ids import new_id

MINT = Mint(bytes(range(32)))
TOKEN = Token(new_id(), 7, 1_700_000_000)


def test_what_was_made_is_read_back() -> None:
    text = MINT.make(TokenKind.ACCESS, TOKEN)

    assert MINT.read(TokenKind.ACCESS, text) == TOKEN
    assert MINT.read(TokenKind.REFRESH, text) is None
    assert MINT.read(TokenKind.REFRESH, text.replace("vsa_", "vsr_")) is None


def test_every_changed_letter_makes_it_nobodys() -> None:
    text = MINT.make(TokenKind.REFRESH, TOKEN)

    for at in range(len(text)):
        for letter in "Aq-_=+ é":
            if text[at] != letter:
                assert MINT.read(TokenKind.REFRESH, text[:at] + letter + text[at + 1 :]) is None
        assert MINT.read(TokenKind.REFRESH, text[:at]) is None
        assert MINT.read(TokenKind.REFRESH, text[:at] + "A" + text[at:]) is None


@given(st.text(max_size=300))
def test_no_text_is_a_token_or_an_error(text: str) -> None:
    assert MINT.read(TokenKind.ACCESS, text) is None
    assert MINT.read(TokenKind.ACCESS, f"vsa_{text}") is None
    assert not MINT.is_csrf(TOKEN.session_id, text)


def test_after_a_rotation_of_the_master_key_old_tokens_still_work() -> None:
    old = MINT.make(TokenKind.REFRESH, TOKEN)
    word = MINT.csrf(TOKEN.session_id)
    rotated = Mint(bytes(32), bytes(range(32)))

    assert rotated.read(TokenKind.REFRESH, old) == TOKEN
    assert rotated.is_csrf(TOKEN.session_id, word)
    assert Mint(bytes(32)).read(TokenKind.REFRESH, old) is None


def test_the_csrf_word_belongs_to_one_session() -> None:
    assert MINT.is_csrf(TOKEN.session_id, MINT.csrf(TOKEN.session_id))
    assert not MINT.is_csrf(new_id(), MINT.csrf(TOKEN.session_id))
