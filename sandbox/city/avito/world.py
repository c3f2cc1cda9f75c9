"""The fake Avito's memory and the one place where its messages are made."""

from __future__ import annotations

import time
from collections.abc import Callable

from sandbox.city.avito.hooks import Hooks
from sandbox.city.avito.media import SIZES, Media
from sandbox.city.avito.model import Account, Buyer, Chat, Item, Message, Token
from sandbox.city.core import Core, Json

TOKEN_SECONDS = 86_400


class World:
    """Accounts, buyers, chats, tokens."""

    def __init__(self, core: Core, base_url: Callable[[], str]) -> None:
        """Empty world; `base_url` is where its media live."""
        self.core = core
        self.base_url = base_url
        self.accounts: dict[int, Account] = {}
        self.by_client: dict[str, Account] = {}
        self.buyers: dict[int, Buyer] = {}
        self.tokens: dict[str, Token] = {}
        self.media = Media(core.rng)
        self.hooks = Hooks(core)
        self.expired_status = 403
        self.messages_as_object = False
        self.written: list[Message] = []

    # --- making it ---------------------------------------------------------------------------
    def add_account(
        self,
        user_id: int,
        client_id: str,
        client_secret: str,
        name: str,
        email: str = "",
        phone: str = "",
        budget_per_minute: int = 0,
    ) -> Account:
        """A seller's account; the paid level is on."""
        account = Account(
            user_id,
            client_id,
            client_secret,
            name,
            email,
            phone,
            budget_per_minute=budget_per_minute,
        )
        self.accounts[user_id] = account
        self.by_client[client_id] = account
        self.core.feed.touch()
        return account

    def add_item(
        self, account_id: int, item_id: int, title: str, price_string: str, status: str = "active"
    ) -> Item:
        """A listing."""
        url = f"https://www.avito.ru/moskva/item_{item_id}"
        item = Item(item_id, title, price_string, account_id, url, status, self.media.add_image())
        self.accounts[account_id].items[item_id] = item
        self.core.feed.touch()
        return item

    def add_buyer(self, buyer_id: int, name: str) -> Buyer:
        """A buyer, or the same one again."""
        return self.buyers.setdefault(buyer_id, Buyer(buyer_id, name))

    def chat_with(self, account_id: int, buyer_id: int, item_id: int | None) -> Chat:
        """The dialogue of a buyer with an account about a listing, opened if need be."""
        account = self.accounts[account_id]
        key = f"{account_id}~{buyer_id}_{item_id or 0}"
        chat_id = f"u2i-{key}" if item_id else f"u2u-{key}"
        chat = account.chats.get(chat_id)
        if chat is None:
            item = account.items[item_id] if item_id else None
            now = self.core.clock()
            chat = Chat(chat_id, account_id, self.buyers[buyer_id], item, int(now), now)
            account.chats[chat_id] = chat
        return chat

    def clear(self) -> None:
        """Forget all."""
        self.hooks.clear()
        self.__init__(self.core, self.base_url)  # type: ignore[misc]

    # --- tokens ------------------------------------------------------------------------------
    def issue(self, account: Account) -> Token:
        """A new access token."""
        now = self.core.clock()
        token = Token(self.core.hex(32), account.id, now, now + TOKEN_SECONDS)
        self.tokens[token.value] = token
        return token

    def expire_tokens(self, account_id: int) -> None:
        """Every access token given out so far is stale."""
        for token in self.tokens.values():
            if token.account_id == account_id:
                token.expires_at = 0.0

    # --- messages ----------------------------------------------------------------------------
    def write(
        self,
        chat: Chat,
        author_id: int,
        kind: str,
        content: Json,
        *,
        by_api: bool = False,
        media_id: str = "",
    ) -> Message:
        """Put a message into a chat and tell the subscribers, its author's side too."""
        now = self.core.clock()
        seq = self.core.next_seq()
        message = Message(
            seq,
            f"{self.core.rng.getrandbits(96):024x}{seq:08x}",
            author_id,
            now,
            kind,
            content,
            by_api,
            chat_id=chat.id,
            media_id=media_id,
        )
        chat.messages[message.id] = message
        chat.updated = now
        self.written.append(message)
        self.core.feed.touch()
        account = self.accounts[chat.account_id]
        self.hooks.send(account, chat.id, self._value(chat, message))
        return message

    def erase(self, chat: Chat, message: Message) -> None:
        """The message stays with type `deleted`; subscribers are told."""
        message.type = "deleted"
        message.content = {}
        self.core.feed.touch()
        account = self.accounts[chat.account_id]
        self.hooks.send(account, chat.id, self._value(chat, message))

    @staticmethod
    def _value(chat: Chat, message: Message) -> Json:
        value: Json = {
            "id": message.id,
            "chat_id": chat.id,
            "user_id": chat.account_id,
            "author_id": message.author_id,
            "created": int(message.at),
            "type": message.type,
            "chat_type": chat.kind,
            "content": message.content,
        }
        if chat.item is not None:
            value["item_id"] = chat.item.id
        if message.read_at is not None:
            value["read"] = message.read_at
        value["published_at"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(message.at))
        return value

    # --- shapes ------------------------------------------------------------------------------
    def image_sizes(self, image_id: str) -> dict[str, str]:
        """The URL map of a picture."""
        base = f"{self.base_url()}/media/images"
        return {size: f"{base}/{size}/{image_id}.png" for size in SIZES}

    def item_url_image(self, item: Item) -> str:
        """The address of a listing's picture."""
        return self.image_sizes(item.image_id)["140x105"]

    def chat_shape(self, chat: Chat) -> Json:
        """A Chat as v2 shows it."""
        shape: Json = {
            "id": chat.id,
            "created": chat.created,
            "updated": int(chat.updated),
            "users": self._users(chat),
        }
        if chat.item is not None:
            item = chat.item
            shape["context"] = {
                "type": "item",
                "value": {
                    "id": item.id,
                    "title": item.title,
                    "price_string": item.price_string,
                    "status_id": 10 if item.status == "active" else 20,
                    "url": item.url,
                    "user_id": item.account_id,
                    "images": {"count": 1, "main": {"140x105": self.item_url_image(item)}},
                },
            }
        if (last := chat.last) is not None:
            shape["last_message"] = {
                "id": last.id,
                "author_id": last.author_id,
                "type": last.type,
                "direction": self._direction(chat, last),
                "created": int(last.at),
                "content": last.content,
            }
        return shape

    def _users(self, chat: Chat) -> list[Json]:
        buyer = chat.buyer
        face = {"default": f"{self.base_url()}/media/avatar.png", "images": {}}
        profile: Json = {
            "user_id": buyer.id,
            "avatar": face,
            "url": f"https://avito.ru/user/{buyer.id:x}/profile",
        }
        if chat.item is not None:
            profile["item_id"] = chat.item.id
        account = self.accounts[chat.account_id]
        return [
            {"id": buyer.id, "name": buyer.name, "public_user_profile": profile},
            {"id": account.id, "name": account.name},
        ]

    def message_shape(self, chat: Chat, message: Message) -> Json:
        """A Message as v3 shows it."""
        return {
            "id": message.id,
            "author_id": message.author_id,
            "direction": self._direction(chat, message),
            "type": message.type,
            "created": int(message.at),
            "content": message.content,
            "is_read": message.is_read or message.author_id == chat.account_id,
            "read": message.read_at,
        }

    @staticmethod
    def _direction(chat: Chat, message: Message) -> str:
        return "out" if message.author_id == chat.account_id else "in"
