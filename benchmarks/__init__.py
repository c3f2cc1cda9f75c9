"""One file per hot path, each measured against its baseline in the same run (`./run bench NAME
--json`).
"""
