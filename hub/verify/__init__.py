"""``hub verify``: what is stored is what it should be, or a named defect says where it is not.

``checks.py`` lists the checks. Each reads in snapshots beside a running hub, writes nothing, and tells a defect by its
code, its place, what was found, what should have been, and what to do about it.
"""
