"""How often one may knock: sign-in closes when the counters are away, the API stays open.

Tokens, keys and initData cannot be guessed (256 bits), so these limits protect the machine, not
the secrets; what can be guessed, the six digits of the second factor, is counted in its own row.
"""

from __future__ import annotations

import logging
import math
from collections.abc import AsyncIterator

from aiohttp import web

from services.kit.errors import QuotaExceeded, Unavailable
from services.kit.limits import Bucket, Limiter, LimiterAway
from webapp.auth.session import Session
from webapp.keys import SERVICES

log = logging.getLogger(__name__)

SIGN_IN_ADDRESS = Bucket("sign-in:address", 3_000, 20)
SIGN_IN_PERSON = Bucket("sign-in:person", 300, 1)
LOGIN_ADDRESS = Bucket("login:address", 120, 1)
RENEW_ADDRESS = Bucket("renew:address", 3_000, 50)
API_CALLER = Bucket("api:caller", 10_000, 200)
API_TENANT = Bucket("api:tenant", 50_000, 1_000)
LIMITER: web.AppKey[Limiter] = web.AppKey("limiter", Limiter)


async def counters(app: web.Application) -> AsyncIterator[None]:
    """Open the counters with the application, close them with it (a cleanup context)."""
    app[LIMITER] = Limiter(app[SERVICES].settings.redis_url)
    yield
    await app[LIMITER].close()


async def knock(request: web.Request, bucket: Bucket, subject: object) -> None:
    """Count a try to sign in. Raises QuotaExceeded, and Unavailable when nobody counts: a door
    that cannot count tries stays shut.
    """
    try:
        wait = await request.app[LIMITER].take(bucket, str(subject))
    except LimiterAway as error:
        log.warning("sign-in refused: counters are away")
        raise Unavailable("auth.limiter_away") from error
    _wait(wait)


async def ease(request: web.Request, bucket: Bucket, subject: object) -> None:
    """Count a call that has its own proof: nobody is shut out because nobody counts. Raises
    QuotaExceeded.
    """
    try:
        _wait(await request.app[LIMITER].take(bucket, str(subject)))
    except LimiterAway:
        log.debug("counters are away: the call goes on")


async def pace(request: web.Request, caller: Session) -> None:
    """Count a call of the API, by caller and by business. Raises QuotaExceeded."""
    limiter = request.app[LIMITER]
    try:
        _wait(await limiter.nibble(API_CALLER, str(caller.user.id)))
        if caller.tenant is not None:
            _wait(await limiter.nibble(API_TENANT, str(caller.tenant)))
    except LimiterAway:
        log.debug("counters are away: the call goes on")


def _wait(seconds: float) -> None:
    if seconds > 0:
        raise QuotaExceeded("error.too_often", retry_after_seconds=math.ceil(seconds))
