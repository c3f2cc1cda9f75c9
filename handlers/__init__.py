"""What the bots say: routers only, no queries, no rules. Filters are async: a sync one costs a
thread hop.
"""
