"""A recorded run of a whole hub under faults, and what must be true of it afterwards.

    messages ─ doors ─ [ node ] ─ receivers, partners' folders
                 └── history ──┐        │
                    evidence ──┴────────┘ ─ invariants

``forkserver`` starts nodes that are real processes and can be killed, ``points`` names the moments at which they die,
``rig`` joins all, ``servers`` puts partners' folders on an SFTP server, ``evidence`` reads what is left, and
``invariants`` judges it: pure functions, tested by themselves.
"""
