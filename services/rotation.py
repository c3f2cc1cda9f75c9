"""`main.py keys rotate`: wraps every tenant's data key with the current master key.

The data keys stay, so nothing they sealed is touched and everything goes on running meanwhile:
start every process with the new MASTER_KEY and the old one as MASTER_KEY_PREVIOUS, rotate, then
drop the previous one.
"""

from services.bootstrap import bootstrap
from services.kit.crypto import MasterKey
from services.kit.settings import Settings

WAITING = "SELECT tenant_id FROM tenant_key WHERE key_id <> $1 ORDER BY tenant_id"


async def rotate(settings: Settings) -> int:
    """Return how many keys were wrapped anew. Raises Undecipherable when neither key opens one."""
    current = MasterKey.fingerprint(settings.master_key)
    services = await bootstrap(settings, use_broker=False)
    try:
        async with services.database.system("wrap every tenant's key anew") as tx:
            waiting = [row["tenant_id"] for row in await tx.fetch(WAITING, current)]
        for tenant_id in waiting:
            await services.keyring.of(tenant_id)  # loading an old wrap writes the new one
    finally:
        await services.close()
    return len(waiting)
