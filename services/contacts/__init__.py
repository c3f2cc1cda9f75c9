"""People who are a tenant's customers, and the addresses they are reached at.

Words: a *contact* is a person of a tenant; an *identity* one address of theirs at a provider,
where the address means something only inside an account (a chat with one bot) scoped to it.
Invariants: one address is one identity; addresses are encrypted and found by their blind index; a
change of whether an address may be used locks the identity's row first, so that a claim of the
outbox sees it or waits.
"""
