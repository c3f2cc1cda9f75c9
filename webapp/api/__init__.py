"""REST for machines: bearer keys, one envelope {items, next_cursor}, the same service methods as
the pages.
"""
