"""What the hub tells about itself: log lines, measurements, and whether its loops turn."""
