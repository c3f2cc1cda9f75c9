"""What a seed file is and how its sections become rows; `services.seed` is the door.

Words: a *document* is one seed file; a *section* one of its lists; a *ref* a name that lives only
in the document. Invariants: the same document twice changes nothing; nothing is called at a
provider; the answer has the document's shape, with ids, without credentials.
"""
