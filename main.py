"""The composition root: one program, one command per role (`./run help` lists them).

Every command reads the settings once and introduces bots, web and services to each other. A
role's modules are imported inside its command, so that web never loads what only a worker needs.
Results go to stdout, logs to stderr; settings that are refused end the program with code 78.
"""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

from cyclopts import App

from services.connectors.errors import ConnectorError
from services.kit.errors import Unavailable
from services.kit.i18n import CatalogueInvalid
from services.kit.log import configure
from services.kit.sentry import configure as report_errors
from services.kit.settings import Settings, SettingsInvalid, load_settings

EXIT_SETTINGS = 78  # sysexits: configuration; starting again would not help
EXIT_AWAY = 75  # sysexits: try again later
ROOT = Path(__file__).resolve().parent

app = App(name="main.py", help="Vishenka: Avito chats and campaigns in a business's Telegram.")

keys = App(name="keys", help="Master keys: `keys new`, `keys rotate`.")
app.command(keys)


@app.default
@app.command(name="all")
def everything(*, data: Path = ROOT / ".vishenka") -> int:
    """Run web, worker, scheduler and whatever is missing, as children of this process."""
    from sandbox.supervisor import run_all

    return run_all(os.environ, data)


@app.command
def web(*, bots: bool = True) -> None:
    """Serve hooks, bots, Mini App, API. --no-bots leaves the bots' lanes to workers."""
    from webapp.app import serve

    run_loop(serve(read_settings("web"), _bots() if bots else None, bots=bots))


@app.command
def worker(*, bots: bool = False) -> None:
    """Drain lanes: bridge, sends, counters, pulled sources; --bots takes the bots' lanes too."""
    from services.worker import run_worker

    run_loop(run_worker(read_settings("worker"), _bots() if bots else None, bots=bots))


def _bots() -> Callable[[Any], None]:
    """Return what subscribes the dialogues; only a process that hosts bots imports aiogram."""
    from bot.wiring import prepare

    return prepare


@app.command
def scheduler() -> None:
    """Make rows due: sweeps, cron, polls. Two may run; each minute fires once."""
    from services.worker import run_scheduler

    run_loop(run_scheduler(read_settings("scheduler")))


@app.command
def migrate() -> None:
    """Bring the schema to the newest version, under a lock; safe to run from several places."""
    from services.database import migrate as bring_up

    settings = read_settings("migrate")
    applied = asyncio.run(bring_up(settings.owner_database_url, settings.database_url))
    sys.stdout.write("".join(f"applied {name}\n" for name in applied) or "nothing to apply\n")


@app.command
def seed(file: Path) -> None:
    """Create what FILE describes, idempotently; prints it with its ids as one JSON document."""
    from services.kit.errors import AppError
    from services.kit.i18n import t
    from services.seed import seed_file

    settings = read_settings("seed")
    try:
        sys.stdout.write(asyncio.run(seed_file(settings, file)) + "\n")
    except AppError as error:
        where, words = getattr(error, "field", ""), t("en", error.key, **error.params)
        sys.stderr.write(f"{words}\n" if where in words else f"{where}: {words}\n")
        sys.exit(EXIT_SETTINGS)


@app.command
def check() -> int:
    """Say in plain words whether settings, database roles and servers are right."""
    from services.check import examine

    findings = asyncio.run(examine(read_settings("check")))
    sys.stdout.write("".join(f"{finding}\n" for finding in findings))
    return int(any(not finding.is_good for finding in findings))


@keys.command
def new() -> None:
    """Print a fresh master key; keep it where no database backup is kept."""
    from services.kit.crypto import new_master_key

    sys.stdout.write(new_master_key() + "\n")


@keys.command
def rotate() -> None:
    """Wrap every tenant's key with MASTER_KEY instead of MASTER_KEY_PREVIOUS; safe to repeat."""
    from services.rotation import rotate as rewrap

    count = asyncio.run(rewrap(read_settings("keys")))
    sys.stdout.write(f"{count} keys wrapped anew; MASTER_KEY_PREVIOUS may go\n")


@app.command(show=False)
def city(*, listen: str, web: str, control: Path, demo: Path, seeded: Path, state: Path) -> None:
    """Serve the provider city: fake Telegram and Avito with a page to play them."""
    from sandbox.city.app import run

    run(
        listen=listen,
        web_url=web,
        control_socket=control,
        demo=demo,
        seeded=seeded,
        state_dir=state,
        environ=os.environ,
    )


def run_loop(role: Coroutine[Any, Any, None]) -> None:
    """Run a long-lived role on uvloop (a third less CPU per request) where it is to be had."""
    try:
        import uvloop
    except ImportError:
        asyncio.run(role)
    else:
        uvloop.run(role)


def read_settings(role: str, environ: Mapping[str, str] = os.environ) -> Settings:
    """The process's settings, with its log set up; or its end with every fault listed."""
    try:
        settings = load_settings(environ)
    except SettingsInvalid as error:
        sys.stderr.write(f"Vishenka cannot start, these settings must be changed:\n{error}\n")
        sys.exit(EXIT_SETTINGS)
    configure(settings.log_format, role, debug=settings.debug)
    report_errors(settings.sentry_dsn, role, expected=(ConnectorError,))
    return settings


def main() -> int:
    """Run the command; what a person can mend is one sentence, not a stack trace."""
    try:
        return int(app() or 0)
    except (PermissionError, CatalogueInvalid) as error:
        sys.stderr.write(f"Vishenka cannot start: {error}\n")
        return EXIT_SETTINGS
    except Unavailable as error:
        cause = type(error.__cause__).__name__ if error.__cause__ else error.key
        sys.stderr.write(f"Vishenka cannot go on: the database does not answer ({cause})\n")
        return EXIT_AWAY


if __name__ == "__main__":
    sys.exit(main())
