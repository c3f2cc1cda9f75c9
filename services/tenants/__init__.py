"""Businesses, their people and roles, the links by which people join, and each tenant's data key.

Words: a *tenant* is a business; the *platform* is the tenant (slug `platform`) that owns the
master bot and whose members with the role admin run the service; a *user* is a person, one per
Telegram id; a *membership* gives a user a role in a tenant; a *link token* is the opaque id in a
deep link. Invariants: a tenant always keeps an owner; nobody raises their own role; a link token
works once, for its purpose, until it expires, and only its hash is stored.
"""
