"""The bridge: what people write on any channel becomes topics of the members' group, and back.

Words: a *conversation* is one chat of one channel for ever; its *topic link* says where in the
members'
workspace it lives; a *message* has links to what it became on either side; a *note* is a message
that never
leaves; its *clock* runs in working time from the first unanswered message.
Invariants: one message per external id and one per
member's original; no delivery carries a note to the other side;
order of a conversation is the order of its `seq`; a message's state never moves down.
"""
