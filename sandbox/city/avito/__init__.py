"""Fake Avito: its messenger API with webhooks, and the buyers on its other side."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from sandbox.city.avito.api import AvitoApi
from sandbox.city.avito.model import Account, Buyer, Chat, Item, Message
from sandbox.city.avito.world import World
from sandbox.city.core import Core, Json

__all__ = ["Account", "AvitoCity", "Buyer", "Chat", "Item", "Message"]


class AvitoCity:
    """Everything one may do to the fake Avito from code; `handle` answers its HTTP calls."""

    def __init__(self, core: Core) -> None:
        """An empty Avito."""
        self.core = core
        self.world = World(core, lambda: f"{core.url}/avito")
        self.api = AvitoApi(core, self.world)

    async def handle(self, request: web.BaseRequest, path: str) -> web.StreamResponse:
        """Answer one API call."""
        return await self.api.handle(request, path)

    def add_account(
        self, user_id: int, client_id: str, client_secret: str, name: str, **more: Any
    ) -> Account:
        """A seller's account; `budget_per_minute` switches rate headers and 429 on."""
        return self.world.add_account(user_id, client_id, client_secret, name, **more)

    def add_item(
        self, account_id: int, item_id: int, title: str, price_string: str, status: str = "active"
    ) -> Item:
        """A listing."""
        return self.world.add_item(account_id, item_id, title, price_string, status)

    def add_buyer(self, buyer_id: int, name: str) -> Buyer:
        """A buyer."""
        return self.world.add_buyer(buyer_id, name)

    def chat(self, account_id: int, buyer_id: int, item_id: int | None) -> Chat:
        """The dialogue, opened if need be."""
        return self.world.chat_with(account_id, buyer_id, item_id)

    # --- buyers ------------------------------------------------------------------------------
    def buyer_says(
        self, account_id: int, buyer_id: int, item_id: int | None, text: str
    ) -> Message:
        """A text."""
        return self.buyer_sends(account_id, buyer_id, item_id, "text", {"text": text})

    def buyer_sends(
        self,
        account_id: int,
        buyer_id: int,
        item_id: int | None,
        kind: str,
        content: Json | None = None,
        media_id: str = "",
    ) -> Message:
        """A message of any type; `appCall`, `file`, `video` come empty, as documented."""
        chat = self.chat(account_id, buyer_id, item_id)
        return self.world.write(chat, buyer_id, kind, content or {}, media_id=media_id)

    def buyer_sends_image(
        self, account_id: int, buyer_id: int, item_id: int | None, data: bytes | None = None
    ) -> Message:
        """A picture: `data`, or one drawn for the occasion."""
        image_id = self.world.media.add_image(data)
        content = {"image": {"sizes": self.world.image_sizes(image_id)}}
        return self.buyer_sends(account_id, buyer_id, item_id, "image", content, image_id)

    def buyer_sends_voice(self, account_id: int, buyer_id: int, item_id: int | None) -> Message:
        """A voice note."""
        voice_id = self.world.media.add_voice()
        content = {"voice": {"voice_id": voice_id}}
        return self.buyer_sends(account_id, buyer_id, item_id, "voice", content, voice_id)

    def buyer_sends_location(
        self,
        account_id: int,
        buyer_id: int,
        item_id: int | None,
        lat: float = 55.599799,
        lon: float = 37.603954,
        title: str = "Москва, Варшавское шоссе",
    ) -> Message:
        """A place."""
        place = {"kind": "street", "lat": lat, "lon": lon, "text": title, "title": title}
        return self.buyer_sends(account_id, buyer_id, item_id, "location", {"location": place})

    def buyer_sends_link(
        self,
        account_id: int,
        buyer_id: int,
        item_id: int | None,
        url: str = "https://example.com/",
    ) -> Message:
        """A link with its preview."""
        preview = {
            "title": "Пример",
            "description": "Описание",
            "domain": "example.com",
            "url": url,
            "images": None,
        }
        link = {"text": url, "url": url, "preview": preview}
        return self.buyer_sends(account_id, buyer_id, item_id, "link", {"link": link})

    def buyer_sends_item(
        self, account_id: int, buyer_id: int, item_id: int | None, shared: int
    ) -> Message:
        """Another listing of the same account."""
        found = self.world.accounts[account_id].items[shared]
        item = {
            "title": found.title,
            "item_url": found.url,
            "price_string": found.price_string,
            "image_url": self.world.item_url_image(found),
        }
        return self.buyer_sends(account_id, buyer_id, item_id, "item", {"item": item})

    def buyer_calls(
        self, account_id: int, buyer_id: int, item_id: int | None, status: str = "missed"
    ) -> Message:
        """A call."""
        call = {"status": status, "target_user_id": account_id}
        return self.buyer_sends(account_id, buyer_id, item_id, "call", {"call": call})

    def buyer_deletes(self, account_id: int, chat_id: str, message_id: str) -> None:
        """Take an own message back."""
        chat = self.world.accounts[account_id].chats[chat_id]
        self.world.erase(chat, chat.messages[message_id])

    def buyer_reads(self, account_id: int, chat_id: str) -> None:
        """Open the dialogue: the seller's messages get their reading time. No webhook tells."""
        chat = self.world.accounts[account_id].chats[chat_id]
        for message in chat.messages.values():
            if message.author_id == account_id and message.read_at is None:
                message.read_at = int(self.core.clock())
        self.core.feed.touch()

    def avito_says(
        self, account_id: int, chat_id: str, text: str, flow_id: str = "sbc_seller_notification"
    ) -> Message:
        """A line of Avito's own chat bots."""
        chat = self.world.accounts[account_id].chats[chat_id]
        content = {"flow_id": flow_id, "text": text}
        return self.world.write(chat, chat.buyer.id, "system", content)

    # --- sellers -----------------------------------------------------------------------------
    def seller_types_in_app(self, account_id: int, chat_id: str, text: str) -> Message:
        """The seller answers in Avito's own app, past the product."""
        chat = self.world.accounts[account_id].chats[chat_id]
        return self.world.write(chat, account_id, "text", {"text": text})

    def block_buyer(self, account_id: int, buyer_id: int, *, blocked: bool = True) -> None:
        """Writing to this buyer is refused from now on."""
        for chat in self.world.accounts[account_id].chats.values():
            if chat.buyer.id == buyer_id:
                chat.is_blocked = blocked

    def set_paid(self, account_id: int, *, paid: bool) -> None:
        """Switch the paid level: without it every messenger call answers 402."""
        self.world.accounts[account_id].level_paid = paid

    def expire_tokens(self, account_id: int) -> None:
        """Every access token given out so far is stale."""
        self.world.expire_tokens(account_id)

    def issue_code(self, account_id: int) -> str:
        """What the OAuth page hands to the redirect."""
        code = self.core.hex(32)
        self.world.accounts[account_id].codes.add(code)
        return code

    def messages(self, account_id: int, chat_id: str) -> list[Message]:
        """What the buyer sees, oldest first."""
        return list(self.world.accounts[account_id].chats[chat_id].messages.values())

    def texts(self, account_id: int, chat_id: str) -> list[str]:
        """Texts of the account in this chat, oldest first."""
        return [
            str(one.content.get("text", ""))
            for one in self.messages(account_id, chat_id)
            if one.author_id == account_id and one.type == "text"
        ]
