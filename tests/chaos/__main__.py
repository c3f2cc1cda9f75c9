"""`./run chaos [NAME] [--minutes N]`: the fault plays in their long form, on real leases.

Without a name every play is run in turn until the minutes are over (one round of each at least).
Each round has its own servers, database and seed; the first broken promise ends the run with 1.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from itertools import count
from pathlib import Path

from sandbox.servers import EmbeddedPostgres, EmbeddedValkey
from services.database import migrate
from services.kit.crypto import new_master_key
from tests.chaos.plays import PLAYS
from tests.faults.stack import open_stack

REAL = {
    "VISHENKA_LEASE_SECONDS": "30",
    "VISHENKA_SWEEP_SECONDS": "5",
    "VISHENKA_PROVIDER_TIMEOUT_SECONDS": "10",
    "VISHENKA_AVITO_POLL_SECONDS": "60",
}


async def play(name: str, seed: int) -> None:
    """One round of one play."""
    with tempfile.TemporaryDirectory(prefix="vishenka-chaos-") as name_of_folder:
        folder = Path(name_of_folder)
        folder.chmod(0o711)
        async with EmbeddedPostgres(folder / "pg") as pg, EmbeddedValkey(folder / "v") as valkey:
            await migrate(pg.owner_dsn, pg.app_dsn)
            environ = {
                "VISHENKA_DATABASE_URL": pg.app_dsn,
                "VISHENKA_MIGRATE_DATABASE_URL": pg.owner_dsn,
                "VISHENKA_REDIS_URL": valkey.url,
                "VISHENKA_MASTER_KEY": new_master_key(),
                "VISHENKA_FILES_DIR": str(folder / "files"),
            }
            async with open_stack(environ, folder, seed=seed, extra=REAL) as stack:
                await PLAYS[name](stack, pg, valkey, seed)


def main() -> int:
    """Play what was asked for; 0 when every promise held."""
    parser = argparse.ArgumentParser(prog="./run chaos")
    parser.add_argument("name", nargs="?", choices=sorted(PLAYS))
    parser.add_argument("--minutes", type=float, default=0.0)
    asked = parser.parse_args()
    names = [asked.name] if asked.name else sorted(PLAYS)
    end = time.monotonic() + asked.minutes * 60
    for seed in count(1):
        for name in names:
            began = time.monotonic()
            asyncio.run(play(name, seed))
            took = time.monotonic() - began
            sys.stdout.write(f"{name}, seed {seed}: every promise held ({took:.0f} s)\n")
            sys.stdout.flush()
        if time.monotonic() >= end:
            break
    return 0


if __name__ == "__main__":
    sys.exit(main())
