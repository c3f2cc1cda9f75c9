"""Serial queues of rows with one owner at a time: the engine under inbox and outbox.

Words: a *lane* is one queue; its *owner* a process holding a *lease* in database time with a
*fence* number; a *ring* wakes an owner after a commit; the *sweep* finds due lanes nobody owns.
Invariants: `seq` is taken under the lane's row lock, so order of seq is order of commit; only the
holder of the newest fence moves `done_seq`; a lost ring costs time, never a row.
"""
