"""Access tokens: a day by client credentials; where the owner granted access, both tokens rotate.

`{"access_token": …, "expires_in": 86400, "token_type": "Bearer"}`, with `refresh_token` for a
grant. A refused pair shows as 4xx or as 200 with `{"error": …}`. A grant dies when its rotation is
lost, so the caller keeps one refresh at a time and saves both tokens in one write.
"""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

from services.connectors.base import Account, Token
from services.connectors.errors import AuthExpired, Temporary
from services.kit.http import Answer
from services.providers.avito.client import FORM, Call, Client, decode, provider_word, refusal
from services.providers.avito.wire import Json, mapping, whole

DAY = 86_400


async def refresh(client: Client, account: Account) -> Token:
    """Return a fresh token.

    Raises AuthExpired(refreshable=False) when Avito refuses the keys or the grant.
    """
    body = urlencode(_grant(account)).encode()
    answer = await client.send(Call("POST", "/token", body, FORM), {})
    if answer.status in {400, 401, 402, 403, 404}:
        raise AuthExpired(provider_word(answer.body), status=answer.status)
    if not 200 <= answer.status < 300:
        raise refusal(answer)
    return _token(client, account, answer)


def rotates(account: Account) -> bool:
    """Say whether the token is a grant's, which every refresh replaces."""
    return bool(account.token and account.token.refresh)


def _grant(account: Account) -> list[tuple[str, str]]:
    keys = [
        ("client_id", account.credentials.client_id),
        ("client_secret", account.credentials.client_secret),
    ]
    if account.token and account.token.refresh:
        refreshing = [("grant_type", "refresh_token"), ("refresh_token", account.token.refresh)]
        return [*refreshing, *keys]
    return [("grant_type", "client_credentials"), *keys]


def _token(client: Client, account: Account, answer: Answer) -> Token:
    data = mapping(decode(answer))
    value = data.get("access_token")
    if not isinstance(value, str) or not value:
        if data.get("error"):
            raise AuthExpired(provider_word(answer.body), status=answer.status)
        raise Temporary("no token in the answer", status=answer.status)
    expires_at = client.clock.now() + timedelta(seconds=_life(data))
    return Token(value, expires_at, _next_refresh(account, data))


def _life(data: Json) -> int:
    """Return the seconds we trust the token: its life less a margin, to renew it early."""
    life = whole(data.get("expires_in")) or DAY
    life = min(max(life, 0), 30 * DAY)
    return life - min(300, life // 10)


def _next_refresh(account: Account, data: Json) -> str:
    rotated = data.get("refresh_token")
    if isinstance(rotated, str) and rotated:
        return rotated
    return account.token.refresh if account.token else ""
