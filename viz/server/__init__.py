"""The web server of a page, its door, its messages."""
