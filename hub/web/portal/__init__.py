"""The supplier portal in the web application: who its visitors are, and the pages by which they come in."""
