"""Formatting of texts: HTML and MarkdownV2 into entities, lengths in UTF-16 units."""

from __future__ import annotations

import html
import re
from typing import Any

from sandbox.city.core import Json
from sandbox.city.telegram.errors import ApiError, bad

MAX_TEXT = 4096
MAX_CAPTION = 1024
_TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "a": "text_link",
    "span": "spoiler",
    "tg-emoji": "custom_emoji",
}
_MARKS = {
    "*": "bold",
    "_": "italic",
    "__": "underline",
    "~": "strikethrough",
    "||": "spoiler",
    "`": "code",
}
_RESERVED = set("_*[]()~`>#+-=|{}.!")
_TAG = re.compile(r"<(/?)([a-zA-Z0-9-]+)((?:\s+[a-z-]+(?:=\"[^\"]*\")?)*)\s*>|<")
_ENTITY = re.compile(r"&(lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);")
_AUTO = re.compile(
    r"(?P<bot_command>(?<![\w/])/[A-Za-z0-9_]{1,64}(?:@\w+)?)|(?P<mention>(?<!\w)@\w{4,32})"
    r"|(?P<url>https?://[^\s<>\"]+)"
)


def units(text: str) -> int:
    """Length as Telegram counts it."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def parse(text: str, mode: str, given: Any) -> tuple[str, list[Json]]:
    """Plain text and entities of a call's text, trimmed as the server trims it."""
    if mode:
        plain, entities = _by_mode(text, mode)
    else:
        plain, entities = text, _checked(given, text)
    return _trim(plain, entities)


def auto(text: str) -> list[Json]:
    """Entities clients find by themselves: commands, mentions, links."""
    found = []
    for match in _AUTO.finditer(text):
        offset = units(text[: match.start()])
        found.append({"type": match.lastgroup, "offset": offset, "length": units(match.group())})
    return found


def _by_mode(text: str, mode: str) -> tuple[str, list[Json]]:
    match mode.lower():
        case "html":
            return _from_html(text)
        case "markdownv2" | "markdown":
            return _from_markdown(text)
        case _:
            raise bad("unsupported parse_mode")


def _checked(given: Any, text: str) -> list[Json]:
    if not given:
        return []
    total = units(text)
    for entity in given:
        if not isinstance(entity, dict) or "type" not in entity:
            raise bad("can't parse MessageEntity: Can't find field \"type\"")
        if entity.get("offset", -1) < 0 or entity.get("length", 0) <= 0:
            raise bad('can\'t parse MessageEntity: Field "offset" must be non-negative')
    return [one for one in given if one["offset"] + one["length"] <= total]


def _trim(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    if text == text.strip():
        return text, entities
    cut = units(text) - units(text.lstrip())
    plain = text.strip()
    total = units(plain)
    moved = []
    for entity in entities:
        start = max(entity["offset"] - cut, 0)
        end = min(entity["offset"] - cut + entity["length"], total)
        if end > start:
            moved.append({**entity, "offset": start, "length": end - start})
    return plain, moved


def _cannot(why: str, offset: int) -> ApiError:
    return bad(f"can't parse entities: {why} at byte offset {offset}")


def _from_html(text: str) -> tuple[str, list[Json]]:
    out: list[str] = []
    entities: list[Json] = []
    stack: list[tuple[str, int, Json]] = []
    length = position = 0
    for match in _TAG.finditer(text):
        piece = _unescape(text[position : match.start()])
        out.append(piece)
        length += units(piece)
        position = match.end()
        offset = len(text[: match.start()].encode())
        name = (match.group(2) or "").lower()
        if name not in _TAGS:
            raise _cannot(f'Unsupported start tag "{name}"', offset)
        if not match.group(1):
            stack.append((name, length, _extra(name, match.group(3) or "")))
            continue
        entities.extend(_closed(stack, name, length, offset))
    if stack:
        raise bad(
            "can't parse entities: Can't find end tag corresponding to start tag "
            f'"{stack[-1][0]}"'
        )
    out.append(_unescape(text[position:]))
    entities.sort(key=lambda one: (one["offset"], -one["length"]))
    return "".join(out), entities


def _closed(stack: list[tuple[str, int, Json]], name: str, length: int, at: int) -> list[Json]:
    if not stack:
        raise _cannot("Unexpected end tag", at)
    opened, start, extra = stack.pop()
    if opened != name:
        raise _cannot(f'Unmatched end tag, expected "</{opened}>", found "</{name}>"', at)
    if length == start or extra.get("skip"):
        return []
    return [{"type": _TAGS[name], "offset": start, "length": length - start, **extra}]


def _extra(name: str, attributes: str) -> Json:
    href = re.search(r'href="([^"]*)"', attributes)
    if name == "a":
        return {"url": html.unescape(href.group(1))} if href else {"skip": True}
    if name == "tg-emoji":
        number = re.search(r'emoji-id="(\d+)"', attributes)
        return {"custom_emoji_id": number.group(1)} if number else {"skip": True}
    return {}


def _unescape(text: str) -> str:
    return _ENTITY.sub(lambda match: html.unescape(match.group()), text)


def _from_markdown(text: str) -> tuple[str, list[Json]]:
    out: list[str] = []
    entities: list[Json] = []
    opened: dict[str, int] = {}
    length = index = 0
    while index < len(text):
        mark = text[index : index + 2] if text[index : index + 2] in _MARKS else text[index]
        index += len(mark)
        if mark == "\\" and index < len(text):
            mark, index = text[index], index + 1
        elif mark in _MARKS:
            entities.extend(_toggle(opened, mark, length))
            continue
        elif mark in _RESERVED - set("[]()>"):
            raise bad(
                f"can't parse entities: Character '{mark}' is reserved and must be escaped "
                "with the preceding '\\'"
            )
        out.append(mark)
        length += units(mark)
    if opened:
        kind = _MARKS[next(iter(opened))].capitalize()
        raise bad(f"can't parse entities: Can't find end of {kind} entity")
    return "".join(out), entities


def _toggle(opened: dict[str, int], mark: str, length: int) -> list[Json]:
    if mark not in opened:
        opened[mark] = length
        return []
    start = opened.pop(mark)
    return [{"type": _MARKS[mark], "offset": start, "length": length - start}]
