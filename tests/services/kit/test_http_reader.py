"""One answer out of bytes: every framing, any cut, and no surprise from damaged ones."""

import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.kit.http_reader import MAX_ANSWER, Answer, AnswerReader, NoAnswer, TooLarge

LENGTH = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Some: a\r\nX-Some: b\r\n\r\nhello"
CHUNKED = (
    b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;note=1\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"
)
UNTIL_CLOSE = b"HTTP/1.1 200 OK\r\n\r\nhello"
WHOLE = (LENGTH, CHUNKED)


def zipped(content: bytes) -> bytes:
    body = gzip.compress(content, mtime=0)  # one text for every process
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
    return head % len(body) + body


def read(*pieces: bytes) -> tuple[Answer, AnswerReader]:
    reader = AnswerReader()
    done = [reader.feed(piece) for piece in pieces]
    assert done == [False] * (len(pieces) - 1) + [True]
    return reader.answer(), reader


@pytest.mark.parametrize("raw", WHOLE)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_any_cut_gives_the_same_answer(raw: bytes, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, len(raw) - 1), max_size=8)))
    pieces = [raw[a:b] for a, b in zip([0, *cuts], [*cuts, len(raw)], strict=True)]

    answer, reader = read(*pieces)

    assert (answer.status, answer.body, reader.is_clean) == (200, b"hello", True)


def test_headers_come_in_lower_case_and_repeats_together() -> None:
    assert read(LENGTH)[0].headers["x-some"] == "a, b"


def test_answer_without_a_length_ends_with_its_connection() -> None:
    reader = AnswerReader()
    assert not reader.feed(UNTIL_CLOSE)
    assert reader.feed_end()
    assert (reader.answer().body, reader.is_clean) == (b"hello", False)


@pytest.mark.parametrize("raw", [LENGTH[:-1], CHUNKED[:-1], CHUNKED[:30], b""])
def test_answer_that_was_cut_is_not_whole(raw: bytes) -> None:
    reader = AnswerReader()
    assert not reader.feed(raw)
    assert not reader.feed_end()


@pytest.mark.parametrize("status", [204, 304])
def test_status_without_a_body_needs_none(status: int) -> None:
    answer, reader = read(b"HTTP/1.1 %d x\r\nContent-Length: 9\r\n\r\n" % status)
    assert (answer.body, reader.is_clean) == (b"", True)


@pytest.mark.parametrize(
    "raw",
    [
        LENGTH + b"HTTP/1.1 200 OK\r\n",
        CHUNKED + b"x",
        CHUNKED[:-2] + b"Trailer: x\r\n\r\n",
        LENGTH.replace(b"HTTP/1.1", b"HTTP/1.0"),
        LENGTH.replace(b"X-Some: a", b"Connection: close"),
        CHUNKED.replace(b"Transfer", b"Content-Length: 5\r\nTransfer"),
        b"HTTP/1.1 204 x\r\n\r\nmore",
    ],
)
def test_connection_that_said_too_much_is_not_used_again(raw: bytes) -> None:
    answer, reader = read(raw)
    assert (answer.body in {b"hello", b""}, reader.is_clean) == (True, False)


@pytest.mark.parametrize(
    "raw",
    [
        b"SSH-2.0-x\r\n\r\n\r\n",
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/1.1 2x0 OK\r\n\r\n",
        b"HTTP/1.1 2000\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\n\r\n",
        LENGTH.replace(b"X-Some: a", b"no colon"),
        LENGTH.replace(b"X-Some: a", b" folded: x"),
        LENGTH.replace(b": 5", b": 5, 6"),
        LENGTH.replace(b": 5", b": -5"),
        LENGTH.replace(b": 5", b": "),
        LENGTH.replace(b"Content-Length: 5", b"Transfer-Encoding: gzip, chunked"),
        CHUNKED.replace(b"3;", b"z;"),
        CHUNKED.replace(b"hel\r\n", b"help!"),
        CHUNKED.replace(b";note=1", b";" + b"x" * 5000),
        b"HTTP/1.1 200 OK\r\n" + b"x" * 70_000,
    ],
)
def test_what_cannot_be_framed_is_no_answer(raw: bytes) -> None:
    with pytest.raises(NoAnswer):
        AnswerReader().feed(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (MAX_ANSWER + 1),
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (MAX_ANSWER + 1),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % (MAX_ANSWER + 1),
    ],
)
def test_answer_over_the_cap_is_refused(raw: bytes) -> None:
    with pytest.raises(TooLarge):
        AnswerReader().feed(raw)


def test_zipped_answer_is_opened_within_the_cap() -> None:
    assert read(zipped(b"hello"))[0].body == b"hello"
    reader = AnswerReader()
    assert reader.feed(zipped(b"x" * (MAX_ANSWER + 1)))
    with pytest.raises(TooLarge):
        reader.answer()


@pytest.mark.parametrize(
    "raw",
    [
        zipped(b"hello").replace(b"gzip", b"br!!"),
        zipped(b"hello")[:-4] + b"xxxx",
        LENGTH.replace(b"X-Some: a", b"Content-Encoding: gzip"),
    ],
)
def test_body_that_does_not_open_is_no_answer(raw: bytes) -> None:
    reader = AnswerReader()
    assert reader.feed(raw)
    with pytest.raises(NoAnswer):
        reader.answer()


@given(st.sampled_from([*WHOLE, UNTIL_CLOSE, zipped(b"hello")]), st.data())
@settings(max_examples=300, deadline=None)
def test_damaged_bytes_raise_nothing_else(raw: bytes, data: st.DataObject) -> None:
    damaged = bytearray(raw)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    reader = AnswerReader()
    try:
        if reader.feed(bytes(damaged)) or reader.feed_end():
            reader.answer()
    except NoAnswer:
        pass
