"""The Telegram runtime: how a stored update becomes a talk with a person.

An update is handled inside the transaction that marks its event done; whatever a handler says
becomes outbox rows of that transaction. Nothing here calls Telegram, and the bots' tokens never
come here.
"""
