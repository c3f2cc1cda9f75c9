"""A scheduler whose one job writes down the minute it fired in: `python -m tests.faults.minutes`.

It looks twenty times a second, and the test's database lets a minute pass in a quarter of one.
"""

from __future__ import annotations

from datetime import timedelta

from main import read_settings, run_loop
from services.kit import schedule
from services.kit.db import Database, open_database
from services.kit.settings import Settings

FAST_TIME = """
CREATE TABLE effect (minute timestamptz NOT NULL);
GRANT SELECT, INSERT ON effect TO {role};
CREATE SCHEMA fast;
GRANT USAGE ON SCHEMA fast TO PUBLIC;
CREATE FUNCTION fast.now() RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT timestamptz '2026-01-01' + 240 * (pg_catalog.now() - timestamptz '{start}') $$;
ALTER DATABASE {name} SET search_path = fast, pg_catalog, public;
"""
EFFECT = "INSERT INTO effect SELECT max(minute) FROM schedule_fire"


async def run(settings: Settings) -> None:
    schedule.TICK_SECONDS = 0.05
    database = await open_database(settings.database_url)
    job = schedule.Job("minutely", timedelta(minutes=1), lambda: _note(database))
    await schedule.Scheduler(database, (job,)).run()


async def _note(database: Database) -> None:
    async with database.connection() as conn:
        await conn.execute(EFFECT)


if __name__ == "__main__":
    run_loop(run(read_settings("scheduler")))
