"""S22: what only says that it is a file is none: no path of this machine is ever read."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest

from services.desk.dialogs import Dialogs
from tests.services.desk.shops import Shop
from tests.webapp.people import Town

LURE = "/etc/passwd"
FIELDS = {
    name: value
    for name in ("file", "files", "file.path", "file[path]", "path", "filepath", "media")
    for value in (LURE,)
}
NESTED = {"file": {"path": LURE, "filepath": LURE, "filename": "a.png", "size": 9}}
POSES = {
    "application/json": json.dumps(NESTED | {"files": [NESTED["file"]], "path": LURE}),
    "application/x-www-form-urlencoded": urlencode(FIELDS),
    "multipart/form-data; boundary=x": "".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in FIELDS.items()
    )
    + "--x--\r\n",
    "multipart/mixed; boundary=x": f"--x\r\n\r\n{LURE}\r\n--x--\r\n",
    "text/plain": LURE,
}


@pytest.mark.parametrize("content_type", POSES)
async def test_what_poses_as_a_file_is_no_file(town: Town, content_type: str) -> None:
    services = town.door.services
    dialogs = Dialogs(services.clock, services.features.conversations.policies)
    shop = Shop(services, dialogs, id=town.cherry)
    shop.channels = [await shop.channel("avito-1")]
    await town.boris.enter()
    dialog = await shop.talk("Иван", "вот фото")

    headers = {"Authorization": f"Bearer {town.boris.access}", "Content-Type": content_type}
    async with town.door.http.post(
        town.door.url(f"/api/v1/dialogs/{dialog}/files"), data=POSES[content_type], headers=headers
    ) as answer:
        said = await answer.text()

    assert answer.status in (400, 415, 422), said
    assert "root:" not in said
    async with services.database.tenant(town.cherry) as tx:
        assert await tx.value("SELECT count(*) FROM attachment") == 0
        assert await tx.value("SELECT count(*) FROM message WHERE direction = 'out'") == 0
