"""The judge: what people wrote on one side against what the fakes accepted on the other.

It knows nothing of the product's tables. A conversation of Avito is matched with the Telegram
topics that hold most of its messages; one topic may be lost and opened again, so what counts is
what a person sees. A copy whose first line says that it may be a repeat is `marked`, not doubled.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import pairwise

from sandbox.city.avito.model import Chat as AvitoChat
from sandbox.city.avito.model import Message
from sandbox.city.avito.world import World as AvitoWorld
from sandbox.city.telegram.model import GENERAL, Chat, Post
from sandbox.city.telegram.world import World as TelegramWorld
from sandbox.city.verdict import Key, Line, Seen, Verdict, Wanted

REPEAT_MARK = "↻"
NOTE_MARKS = ("/", "#")  # what a manager writes for the team or the bot, not for the buyer
LONG_TEXT = 1000
VOICE: Key = ("voice", "")
Place = tuple[int, int, int | None]  # chat, bot of a private chat, thread


def judge(telegram: TelegramWorld, avito: AvitoWorld, grace_seconds: float = 0.0) -> Verdict:
    """Judge everything written so far; what is younger than the grace may still be waiting."""
    fresh_after = telegram.core.clock() - grace_seconds if grace_seconds else float("inf")
    chats = {chat.id: chat for one in avito.accounts.values() for chat in one.chats.values()}
    wanted = {chat.id: _from_buyer(chat) for chat in chats.values()}
    places, seen, loose = _match(telegram, avito, wanted)
    lines = []
    for chat_id, expected in wanted.items():
        lines.append(_line(chat_id, "in", expected, seen[chat_id], loose, fresh_after))
    lines.extend(_outward(telegram, chats, places, fresh_after))
    return Verdict(lines)


# --- buyers to managers ------------------------------------------------------------------------
def _from_buyer(chat: AvitoChat) -> list[Wanted]:
    return [
        Wanted(message.id, key, message.seq, message.at)
        for message in chat.messages.values()
        if message.author_id != chat.account_id and (key := _key(message)) is not None
    ]


def _key(message: Message) -> Key | None:
    match message.type:
        case "text":
            return "text", _plain(str(message.content.get("text", "")))
        case "image":
            return "media", message.media_id
        case "voice":
            return VOICE  # its sound may be put into another box: only the count is compared
        case "location":
            place = message.content.get("location", {})
            return "place", f"{place.get('lat'):.4f},{place.get('lon'):.4f}"
        case _:
            return None  # no promise is made about the look of the rest


def _plain(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def _match(
    telegram: TelegramWorld, avito: AvitoWorld, wanted: dict[str, list[Wanted]]
) -> tuple[dict[Place, str], dict[str, list[Seen]], Counter[Key]]:
    owners: dict[Key, set[str]] = defaultdict(set)
    for chat_id, expected in wanted.items():
        for one in expected:
            owners[one.key].add(chat_id)
    digests = _digests(avito)
    found: list[tuple[Place, Seen]] = []
    loose: Counter[Key] = Counter()
    votes: dict[Place, Counter[str]] = defaultdict(Counter)
    for chat, post in telegram.bot_posts:
        place = (chat.id, chat.bot_id, post.thread)
        for key, marked in _keys_of(post, owners, digests, loose):
            seen = Seen(key, post.seq, marked, _is_visible(chat, post))
            found.append((place, seen))
            for chat_id in owners[key]:
                votes[place][chat_id] += 1000 // len(owners[key])
    places = {place: count.most_common(1)[0][0] for place, count in votes.items()}
    return places, _spread(found, places, owners, wanted), loose


def _digests(avito: AvitoWorld) -> dict[str, str]:
    media_ids = {message.media_id for message in avito.written if message.media_id}
    return {digest: one for one in media_ids for digest in avito.media.digests(one)}


def _keys_of(
    post: Post, owners: dict[Key, set[str]], digests: dict[str, str], loose: Counter[Key]
) -> Iterable[tuple[Key, bool]]:
    text = _plain(post.text)
    marked = text.startswith(REPEAT_MARK)
    if marked:
        text = text.partition("\n")[2]
    keys = [("media", digests[one.digest]) for one in post.files if one.digest in digests]
    keys.extend(VOICE for one in post.files if one.kind in {"voice", "audio"})
    if (point := post.body.get("location")) is not None:
        keys.append(("place", f"{point['latitude']:.4f},{point['longitude']:.4f}"))
    keys.extend(_texts(text, owners, loose))
    return [(key, marked) for key in keys if key in owners]


def _texts(text: str, owners: dict[Key, set[str]], loose: Counter[Key]) -> list[Key]:
    # As it was written, or under a line that says who wrote.
    for whole in (text, text.partition("\n")[2]):
        if whole and ("text", whole) in owners:
            return [("text", whole)]
    # A burst: several messages in one, and nothing else.
    for parts in (text.split("\n\n"), text.split("\n")):
        if all(("text", part) in owners for part in parts):
            return [("text", part) for part in parts]
    # Anything else that holds the words fills a gap but never counts as a copy.
    pieces = {*text.split("\n\n"), *text.split("\n")}
    loose.update(("text", piece) for piece in pieces if ("text", piece) in owners)
    return []


def _is_visible(chat: Chat, post: Post) -> bool:
    topic = chat.topics.get(post.thread or GENERAL)
    return not post.is_removed and not (topic is not None and topic.is_deleted)


def _spread(
    found: list[tuple[Place, Seen]],
    places: dict[Place, str],
    owners: dict[Key, set[str]],
    wanted: dict[str, list[Wanted]],
) -> dict[str, list[Seen]]:
    # A private chat or General may hold many conversations: there a message goes to whom it suits.
    missing = {chat_id: Counter(one.key for one in lines) for chat_id, lines in wanted.items()}
    spread: dict[str, list[Seen]] = defaultdict(list)
    for place, seen in found:
        owner = places[place]
        if place[2] is None or owner not in owners[seen.key]:
            suits = [one for one in sorted(owners[seen.key]) if missing[one][seen.key] > 0]
            owner = suits[0] if suits else min(owners[seen.key])
        missing[owner][seen.key] -= 1
        spread[owner].append(seen)
    return spread


def _line(
    chat_id: str,
    direction: str,
    expected: list[Wanted],
    seen: list[Seen],
    loose: Counter[Key],
    fresh_after: float,
) -> Line:
    line = Line(chat_id, direction, len(expected))
    by_key: dict[Key, list[Seen]] = defaultdict(list)
    for one in seen:
        by_key[one.key].append(one)
    groups: dict[Key, list[Wanted]] = defaultdict(list)
    for want in expected:
        groups[want.key].append(want)
    arrivals: dict[str, int] = {}
    for key, wants in groups.items():
        copies = [one for one in by_key[key] if one.is_visible] or by_key[key][: len(wants)]
        plain = [one for one in copies if not one.is_marked]
        line.marked += len(copies) - len(plain)
        line.doubled.extend([wants[-1].id] * max(0, len(plain) - len(wants)))
        line.arrived += min(len(wants), len(copies))
        arrivals.update({w.id: c.seq for w, c in zip(wants, copies, strict=False)})
        _missed(line, wants[len(copies) :], key, loose, fresh_after)
    order = [arrivals[want.id] for want in expected if want.id in arrivals]
    line.out_of_order = sum(a > b for a, b in pairwise(order))
    return line


def _missed(
    line: Line, wants: list[Wanted], key: Key, loose: Counter[Key], fresh_after: float
) -> None:
    for want in wants:
        if loose[key] > 0:
            loose[key] -= 1
            line.arrived += 1
        elif want.at > fresh_after:
            line.waiting += 1
        else:
            line.lost.append(want.id)


# --- managers to buyers ------------------------------------------------------------------------
def _outward(
    telegram: TelegramWorld,
    chats: dict[str, AvitoChat],
    places: dict[Place, str],
    fresh_after: float,
) -> list[Line]:
    wanted: dict[str, list[Wanted]] = defaultdict(list)
    for chat, post in telegram.people_posts:
        chat_id = places.get((chat.id, chat.bot_id, post.thread))
        if chat_id is not None and post.thread is not None:
            wanted[chat_id].extend(_from_manager(post))
    lines = []
    for chat_id, expected in wanted.items():
        seen = _to_buyer(chats[chat_id], expected)
        lines.append(_line(chat_id, "out", expected, seen, Counter(), fresh_after))
    return lines


def _from_manager(post: Post) -> list[Wanted]:
    if "sender_chat" in post.body:
        return []  # nobody knows who wrote: never for the buyer
    name = f"{post.body['chat']['id']}/{post.id}"
    found = []
    if any(file.kind == "photo" for file in post.files):
        found.append(Wanted(name, ("media", ""), post.seq, post.at))
    text = _plain(post.text)
    if text and not text.startswith(NOTE_MARKS) and (not post.files or found):
        found.append(Wanted(f"{name}/text", ("text", text), post.seq, post.at))
    return found


def _to_buyer(chat: AvitoChat, expected: list[Wanted]) -> list[Seen]:
    long = [one.key for one in expected if one.key[0] == "text" and len(one.key[1]) > LONG_TEXT]
    seen: list[Seen] = []
    counted: set[Key] = set()
    for message in chat.messages.values():
        if not message.by_api:
            continue
        if message.media_id:
            seen.append(Seen(("media", ""), message.seq))
            continue
        text = _plain(str(message.content.get("text", "")))
        whole = next((key for key in long if _core(text) in key[1]), None)
        if whole is None:
            seen.append(Seen(("text", text), message.seq))
        elif whole not in counted:
            counted.add(whole)
            seen.append(Seen(whole, message.seq))
    return seen


def _core(text: str) -> str:
    # A part of a split text carries a mark at its head or tail; its middle is untouched.
    third = max(len(text) // 4, 12)
    return text[third:-third] if len(text) > 3 * third else text
