"""Child processes that only compute: values in, values out. They hold no database, no secret and no network.

``pool.py`` is the node's side, ``child.py`` the children's, ``port.py`` what both the pool and computing in one's own
process offer. What is computed is the pipeline's business (``hub.pipeline.computing``).
"""
