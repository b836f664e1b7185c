"""From a canonical document to the bytes of an interchange.

``composing`` leads: ``sets`` makes the segments, ``fitting`` makes their values fit the partner's separators and its
``characters``, the judge reads them once more without forgiveness, and ``writer`` puts envelopes around them.
"""
