"""The fake Bot API over HTTP: `/bot<token>/<method>` and `/file/bot<token>/<path>`."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from sandbox.city.core import Core, Json
from sandbox.city.journal import Outcome
from sandbox.city.telegram import account, editing, sending, topics
from sandbox.city.telegram.access import Ctx
from sandbox.city.telegram.errors import ApiError, answer, refuse
from sandbox.city.telegram.params import Params, read
from sandbox.city.telegram.world import Bot, World
from sandbox.city.wire import Crossing, enter, reply, serve

_MEDIA = ("photo", "document", "voice", "video", "animation", "audio", "sticker")
_KEPT = ("MyCommands", "MyDescription", "MyShortDescription", "MyName")
METHODS: dict[str, Callable[[Ctx], Any]] = {
    "getme": account.get_me,
    "setwebhook": account.set_webhook,
    "deletewebhook": account.delete_webhook,
    "getwebhookinfo": account.webhook_info,
    "getupdates": account.get_updates,
    "getfile": account.get_file,
    "getchat": account.get_chat,
    "getchatmember": account.get_member,
    "getchatadministrators": account.get_admins,
    "getchatmembercount": account.member_count,
    "leavechat": account.leave,
    "exportchatinvitelink": account.invite_link,
    "answercallbackquery": account.answer_callback,
    "sendmessage": sending.send_message,
    "sendlocation": sending.send_location,
    "sendmediagroup": sending.send_media_group,
    "sendchataction": sending.send_chat_action,
    "copymessage": sending.copy_message,
    "editmessagetext": editing.edit_text,
    "editmessagecaption": editing.edit_caption,
    "editmessagereplymarkup": editing.edit_markup,
    "deletemessage": editing.delete_message,
    "deletemessages": editing.delete_messages,
    "pinchatmessage": editing.pin,
    "unpinchatmessage": editing.unpin,
    "unpinallchatmessages": editing.unpin_all,
    "unpinallforumtopicmessages": editing.unpin_all,
    "setmessagereaction": editing.react,
    "createforumtopic": topics.create,
    "editforumtopic": topics.edit,
    "closeforumtopic": topics.close,
    "reopenforumtopic": topics.reopen,
    "deleteforumtopic": topics.delete,
    "deletemycommands": account.keep,
    "setmyprofilephoto": account.set_photo,
    "getuserprofilephotos": account.photos,
    "setchatmenubutton": account.keep,
    "getchatmenubutton": account.kept,
    "setmydefaultadministratorrights": account.keep,
    **{f"send{kind}": sending.send_media for kind in _MEDIA},
    **{f"set{name.lower()}": account.keep for name in _KEPT},
    **{f"get{name.lower()}": account.kept for name in _KEPT},
}
# A webhook's reply may not name these.
_NOT_IN_REPLY = ("get", "setwebhook", "deletewebhook", "close", "logout")


class TelegramApi:
    """Answers the product's calls."""

    def __init__(self, core: Core, world: World) -> None:
        """Serve `world`."""
        self.core = core
        self.world = world

    async def handle(self, request: web.BaseRequest, path: str) -> web.StreamResponse:
        """One request; `path` is what follows the base URL."""
        if path.startswith("/file/bot"):
            return self._file(path.removeprefix("/file/bot"))
        token, _, method = path.removeprefix("/bot").partition("/")
        bot = self.world.bots.get(token)
        account_id = token.split(":", maxsplit=1)[0]
        crossing = Crossing("telegram", account_id, method, refuse)
        await enter(self.core, request, crossing)
        try:
            params = await read(request)
        except ApiError as error:
            return answer(error)
        crossing.chat = params.text("chat_id")

        async def work() -> web.StreamResponse:
            return await self._work(path, bot, method, params)

        return await serve(self.core, request, crossing, params.journal(), work)

    async def _work(
        self, path: str, bot: Bot | None, method: str, params: Params
    ) -> web.StreamResponse:
        if not path.startswith("/bot") or ":" not in path:
            return answer(ApiError(404, "Not Found"))
        if bot is None or bot.is_revoked:
            return answer(ApiError(401, "Unauthorized"))
        try:
            return reply({"ok": True, "result": await self.call(bot, method, params)})
        except ApiError as error:
            return answer(error)

    async def call(self, bot: Bot, method: str, params: Params) -> Any:
        """Do one method; raises ApiError."""
        work = METHODS.get(method.lower())
        if work is None:
            raise ApiError(404, "Not Found")
        result = work(Ctx(self.world, bot, params, method))
        return await result if isinstance(result, Awaitable) else result

    def run_reply(self, bot: Bot, call: Json) -> None:
        """Do the method a webhook's reply asks for; nobody sees how it went."""
        method = str(call.pop("method"))
        if method.lower().startswith(_NOT_IN_REPLY) or method.lower() not in METHODS:
            return
        entry = self.core.journal.open(
            "call", "telegram", str(bot.id), method, str(call.get("chat_id", "")), call
        )
        try:
            result = METHODS[method.lower()](Ctx(self.world, bot, Params(call), method))
        except ApiError as error:
            self.core.journal.close(entry, error.code, Outcome.REFUSED)
            return
        if not inspect.isawaitable(result):
            self.core.journal.close(entry, 200, Outcome.ACCEPTED)

    def _file(self, rest: str) -> web.Response:
        token, _, path = rest.partition("/")
        file = self.world.files.by_path(path)
        if token not in self.world.bots or file is None:
            return answer(ApiError(404, "Not Found"))
        return web.Response(body=file.data, content_type="application/octet-stream")
