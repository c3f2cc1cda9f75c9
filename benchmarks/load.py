"""Posts Telegram updates over kept-alive connections: `python -m benchmarks.load URL SECRET FIRST
COUNT WORKERS`.

Prints the latencies' percentiles as JSON. A process of its own, so that its CPU is nobody's.
"""

from __future__ import annotations

import asyncio
import sys
import time
from itertools import count
from urllib.parse import urlsplit

import orjson
import uvloop

from benchmarks.kit import percentile

CHATS = 200


def update(number: int) -> bytes:
    chat = number % CHATS
    body = {
        "update_id": number,
        "message": {
            "message_id": number,
            "date": 1_790_000_000 + number // 1000,
            "chat": {"id": 900_000 + chat, "type": "private", "first_name": "Иван"},
            "from": {
                "id": 900_000 + chat,
                "is_bot": False,
                "first_name": "Иван",
                "language_code": "ru",
            },
            "text": f"Здравствуйте! Этот велосипед ещё продаётся? Вопрос номер {number}",
        },
    }
    return orjson.dumps(body)


async def post(
    host: str, port: int, path: str, secret: str, numbers: count[int], last: int
) -> list[float]:
    reader, writer = await asyncio.open_connection(host, port)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\n"
        f"X-Telegram-Bot-Api-Secret-Token: {secret}\r\nContent-Length: "
    )
    found = []
    while (number := next(numbers)) < last:
        body = update(number)
        started = time.perf_counter()
        writer.write(f"{head}{len(body)}\r\n\r\n".encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in answer[:20]:
            raise RuntimeError(answer[:200].decode())
        found.append(time.perf_counter() - started)
    writer.close()
    return found


async def main(url: str, secret: str, first: int, amount: int, workers: int) -> None:
    parts = urlsplit(url)
    numbers = count(first)
    started = time.perf_counter()
    jobs = (
        post(parts.hostname or "", parts.port or 80, parts.path, secret, numbers, first + amount)
        for _ in range(workers)
    )
    found = [value for values in await asyncio.gather(*jobs) for value in values]
    seconds = time.perf_counter() - started
    report = {
        "per_second": round(len(found) / seconds, 1),
        "p50_ms": round(percentile(found, 0.5) * 1e3, 3),
        "p99_ms": round(percentile(found, 0.99) * 1e3, 3),
    }
    sys.stdout.write(orjson.dumps(report).decode())


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], sys.argv[2], *(int(value) for value in sys.argv[3:6])))
