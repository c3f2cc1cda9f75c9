from uuid import UUID

import pytest

from services.bootstrap import Services, bootstrap
from services.kit.crypto import Undecipherable, new_master_key
from services.kit.settings import Settings, load_settings
from services.rotation import rotate
from services.seed import seed

TENANTS = {
    "tenants": [{"slug": slug, "name": slug, "locale": "ru"} for slug in ("cherry", "plum")],
}


async def seal(services: Services) -> dict[UUID, bytes]:
    answer = await seed(services, TENANTS)
    ids = [UUID(str(tenant["id"])) for tenant in answer["tenants"]]
    return {i: (await services.keyring.of(i)).seal("a:b", i, b"secret") for i in ids}


async def opened(settings: Settings, sealed: dict[UUID, bytes]) -> set[bytes]:
    services = await bootstrap(settings, use_broker=False)
    try:
        return {(await services.keyring.of(i)).open("a:b", i, s) for i, s in sealed.items()}
    finally:
        await services.close()


async def test_rotated_keys_open_with_the_new_master_alone(
    services: Services, environ: dict[str, str]
) -> None:
    sealed = await seal(services)
    old, fresh = environ["VISHENKA_MASTER_KEY"], new_master_key()
    both = environ | {"VISHENKA_MASTER_KEY": fresh, "VISHENKA_MASTER_KEY_PREVIOUS": old}

    assert await rotate(load_settings(both)) >= 2
    assert await rotate(load_settings(both)) == 0

    alone = environ | {"VISHENKA_MASTER_KEY": fresh}
    assert await opened(load_settings(alone), sealed) == {b"secret"}


async def test_foreign_master_key_opens_nothing(
    services: Services, environ: dict[str, str]
) -> None:
    sealed = await seal(services)

    with pytest.raises(Undecipherable):
        await opened(load_settings(environ | {"VISHENKA_MASTER_KEY": new_master_key()}), sealed)
