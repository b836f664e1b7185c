"""One transaction set judged: which of its segments stand where they may, what is wrong with their elements.

``grammar`` compiles a set's tables and a partner's guide once. ``judge`` takes the segments block by block: what is
plainly right is passed by ``plain``; from the first doubt on it walks with care and notes what it finds in ``record``,
which holds it against the ``policy`` of what is forgiven and has ``faults`` word it when somebody asks.
"""
