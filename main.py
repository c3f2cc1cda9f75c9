"""The composition root: one program, one command per role (`./run help` lists them).

Every command reads the settings once and introduces bots, web and services to each other. A
role's modules are imported inside its command, so that web never loads what only a worker needs.
Results go to stdout, logs to stderr; settings that are refused end the program with code 78.
"""

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from cyclopts import App

from services.kit.settings import Settings, SettingsInvalid, load_settings

EXIT_SETTINGS = 78
ROOT = Path(__file__).resolve().parent

app = App(name="main.py", help="Vishenka: Avito chats and campaigns in a business's Telegram.")


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

    asyncio.run(serve(read_settings(), bots=bots))


@app.command
def worker() -> None:
    """Drain lanes: bridge, sends, counters, pulled sources."""
    from services.worker import run_worker

    asyncio.run(run_worker(read_settings()))


@app.command
def scheduler() -> None:
    """Make rows due: sweeps, cron, polls. Two may run; each minute fires once."""
    from services.worker import run_scheduler

    asyncio.run(run_scheduler(read_settings()))


@app.command
def migrate() -> None:
    """Bring the schema to the newest version, under a lock; safe to run from several places."""
    from services.database import migrate as bring_up

    settings = read_settings()
    applied = asyncio.run(bring_up(settings.owner_database_url, settings.database_url))
    sys.stdout.write("".join(f"applied {name}\n" for name in applied) or "nothing to apply\n")


@app.command
def seed(file: Path) -> None:
    """Create what FILE describes, idempotently; prints it with its ids as one JSON document."""
    from services.seed import seed_file

    sys.stdout.write(asyncio.run(seed_file(read_settings(), file)) + "\n")


@app.command
def check() -> int:
    """Say in plain words whether settings, database roles and servers are right."""
    from services.check import examine

    findings = asyncio.run(examine(read_settings()))
    sys.stdout.write("".join(f"{finding}\n" for finding in findings))
    return int(any(not finding.is_good for finding in findings))


@app.command
def keys() -> None:
    """Print a new master key; keep it where the old one is kept."""
    from sandbox.trial import new_key

    sys.stdout.write(new_key() + "\n")


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


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """The process's settings, or the end of the process with every fault listed."""
    try:
        return load_settings(environ)
    except SettingsInvalid as error:
        sys.stderr.write(f"Vishenka cannot start, these settings must be changed:\n{error}\n")
        sys.exit(EXIT_SETTINGS)


if __name__ == "__main__":
    sys.exit(app())
