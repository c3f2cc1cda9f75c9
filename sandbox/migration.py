"""`./run migration NAME`: write a migration from the models' changes, on a server of its own.

The newest file must know the models of its time (MODELS_STATE); `--state` renews it there after
a migration was written by hand. Read the SQL before committing: aerich drops and adds where you
renamed.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import sys
import tempfile
from pathlib import Path

from aerich import Command
from aerich.utils import get_formatted_compressed_data, get_models_describe
from tortoise import Tortoise

from sandbox.servers import EmbeddedPostgres
from services.database import MIGRATIONS, migrate, tortoise_config


def newest() -> Path:
    """Return the newest migration file."""
    files = (MIGRATIONS / "models").glob("[0-9]*_*.py")
    return max(files, key=lambda path: int(path.name.split("_")[0]))


async def write(name: str, owner_dsn: str, app_dsn: str) -> str | None:
    """Return the new file's name, None when the models have not changed."""
    await migrate(owner_dsn, app_dsn)
    config = tortoise_config(owner_dsn)
    await Tortoise.init(config=config)
    command = Command(tortoise_config=config, app="models", location=str(MIGRATIONS))
    await command.init()
    try:
        return await command.migrate(name, no_input=True) or None
    finally:
        await Tortoise.close_connections()


async def renew_state(owner_dsn: str) -> str:
    """Write today's models into the newest file; return its name."""
    await Tortoise.init(config=tortoise_config(owner_dsn))
    state = get_formatted_compressed_data(get_models_describe("models"))
    await Tortoise.close_connections()
    path = newest()
    text = re.sub(r"\n*MODELS_STATE = \(\n.*?\n\)\n", "\n", path.read_text(), flags=re.DOTALL)
    path.write_text(f"{text.rstrip()}\n\n\nMODELS_STATE = (\n    {state}\n)\n")
    return path.name


def main(name: str) -> None:
    """Start a server, do it, take the server down."""
    folder = Path(tempfile.mkdtemp(prefix="vishenka-migration-"))
    folder.chmod(0o711)
    try:
        with EmbeddedPostgres(folder / "postgres", durable=False) as server:
            if name == "--state":
                made: str | None = asyncio.run(renew_state(server.owner_dsn))
            else:
                made = asyncio.run(write(name, server.owner_dsn, server.app_dsn))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write(f"{made or 'the models have not changed'}\n")


if __name__ == "__main__":
    main(sys.argv[1])
