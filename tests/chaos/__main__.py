"""`./run chaos [NAME] [--minutes N] [--list]`: the fault plays in long form, on real leases.

Without a name every play is run in turn until the minutes are over (one round of each at least).
Each round has its own servers, database and seed; the first broken promise ends the run with 1.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from contextlib import nullcontext
from itertools import count
from pathlib import Path

from sandbox.processes import tail
from sandbox.servers import EmbeddedPostgres, EmbeddedValkey
from services.database import migrate
from services.kit.crypto import new_master_key
from tests.chaos.plays import PLAYS, Play, Stage
from tests.faults.disk import small_disk
from tests.faults.nursery import Nursery
from tests.faults.stack import Stack, open_stack

SHOWN_LINES = 60


async def play(name: str, seed: int, nursery: Nursery | None) -> str:
    """One round of one play; its figures."""
    with tempfile.TemporaryDirectory(prefix="vishenka-chaos-") as name_of_folder:
        folder = Path(name_of_folder)
        folder.chmod(0o711)
        chosen = PLAYS[name]
        disk = small_disk(folder / "pg") if chosen.on_small_disk else nullcontext()
        with disk:
            return await _on_servers(chosen, folder, seed, nursery)


async def _on_servers(chosen: Play, folder: Path, seed: int, nursery: Nursery | None) -> str:
    async with EmbeddedPostgres(folder / "pg") as pg, EmbeddedValkey(folder / "v") as valkey:
        await migrate(pg.owner_dsn, pg.app_dsn)
        environ = {
            "VISHENKA_DATABASE_URL": pg.app_dsn,
            "VISHENKA_MIGRATE_DATABASE_URL": pg.owner_dsn,
            "VISHENKA_REDIS_URL": valkey.url,
            "VISHENKA_MASTER_KEY": new_master_key(),
            "VISHENKA_FILES_DIR": str(folder / "files"),
        }
        async with open_stack(
            environ, folder, seed=seed, nursery=nursery, extra=chosen.environ
        ) as stack:
            try:
                noted = await chosen.run(Stage(stack, pg, valkey, seed, folder / "pg"))
            except Exception:  # the folder is about to go
                sys.stderr.write(tail(stack.log, SHOWN_LINES) + "\n")
                raise
            return figures(stack, noted)


def figures(stack: Stack, noted: str) -> str:
    """What the city saw: the judge's counts, and how often a role of ours was started again."""
    verdict, town = stack.city.judge(), stack.town
    assert town is not None
    restarts = sum(role.starts - 1 for role in stack.roles)
    return (
        f"{noted}: {len(town.asked)} in, {len(town.answered)} out,"
        f" {restarts} restarts; lost {verdict.lost}, doubled {verdict.doubled},"
        f" out of order {verdict.out_of_order}, marked {verdict.marked}"
    )


def main() -> int:
    """Play what was asked for; 0 when every promise held."""
    parser = argparse.ArgumentParser(prog="./run chaos")
    parser.add_argument("name", nargs="?", choices=sorted(PLAYS))
    parser.add_argument("--minutes", type=float, default=0.0)
    parser.add_argument("--list", action="store_true", help="name the plays and end")
    parser.add_argument("--seed", type=int, default=1, help="the first round's seed")
    parser.add_argument("--cold", action="store_true", help="roles import all at each start")
    asked = parser.parse_args()
    if asked.list:
        return _list()
    nursery = None if asked.cold else Nursery()
    try:
        return _rounds(asked, nursery)
    finally:
        if nursery is not None:
            nursery.close()


def _rounds(asked: argparse.Namespace, nursery: Nursery | None) -> int:
    names = [asked.name] if asked.name else sorted(PLAYS)
    end = time.monotonic() + asked.minutes * 60
    for seed in count(asked.seed):
        for name in names:
            began = time.monotonic()
            found = asyncio.run(play(name, seed, nursery))
            took = time.monotonic() - began
            sys.stdout.write(f"{name}, seed {seed}: every promise held ({took:.0f} s); {found}\n")
            sys.stdout.flush()
        if time.monotonic() >= end:
            break
    return 0


def _list() -> int:
    for name, chosen in PLAYS.items():
        sys.stdout.write(f"{name:10}{(chosen.run.__doc__ or '').splitlines()[0]}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
