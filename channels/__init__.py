"""How documents come and go: codecs turn bytes into canonical documents and back, transports move bytes."""
