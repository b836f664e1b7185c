"""Bytes that are files: content-addressed blobs, and uploads that are not whole yet."""
