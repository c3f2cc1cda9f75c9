"""The desk: the bridge as the cabinet shows it, to people and by the API.

Words: a *dialog* is a conversation in a list; a *view* is one of the list's saved filters; a
*thread* is a dialog with its messages; *stuck* is what did not get through and waits for a person.
Invariants: nothing outside the caller's scope is seen, counted or changed, it answers like an
unknown id; every act is the bridge's own (`services.conversations`), so that the topic shows it
too; every change leaves an audit row.
"""
