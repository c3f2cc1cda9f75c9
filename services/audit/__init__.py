"""Who did what to which row, and when: written in the transaction of the act itself.

An entry names rows by id and fields by name; of a value it keeps at most a keyed digest, so that
two entries can be compared and nobody can read one. The table is append-only for the application.
"""
