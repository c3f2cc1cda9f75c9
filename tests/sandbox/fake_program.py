"""Stands in for main.py under the supervisor: the same commands, nothing behind them."""

import asyncio
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import asyncpg


class Healthy(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *words: object) -> None:
        """Quiet."""


def serve(listen: str) -> None:
    host, _, port = listen.rpartition(":")
    HTTPServer((host, int(port)), Healthy).serve_forever()


async def user_of(url: str) -> str:
    connection = await asyncpg.connect(url)
    try:
        return str(await connection.fetchval("SELECT current_user"))
    finally:
        await connection.close()


def main(role: str, *arguments: str) -> None:
    match role:
        case "migrate":
            assert asyncio.run(user_of(os.environ["VISHENKA_MIGRATE_DATABASE_URL"]))
        case "seed":
            sys.stdout.write('{"seeded": true}')
        case "web":
            assert asyncio.run(user_of(os.environ["VISHENKA_DATABASE_URL"])) == "vishenka_app"
            serve(os.environ["VISHENKA_LISTEN"])
        case "city":
            serve(arguments[0].removeprefix("--listen="))
        case "worker" if os.environ.get("FAKE_REFUSE"):
            sys.exit(78)
        case _:
            time.sleep(120)


if __name__ == "__main__":
    main(*sys.argv[1:])
