"""What a laptop and the tests need and production does not: own servers, fake providers.

Nothing of the product imports this package; only `main.py`, the tests and the benchmarks do.
"""
