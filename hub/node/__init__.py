"""The node: one process's share of the work.

``node.py`` runs the loops, each of which claims its own kind of work: ``arrivals.py`` through the pipeline,
``departures.py`` to their targets by ``senders.py``, ``timekeeper.py`` whatever is due by the clock, with ``polls.py``
for polled channels. ``carriers.py`` builds what polls and sends each kind of channel.
"""
