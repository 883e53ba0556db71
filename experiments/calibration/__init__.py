"""Parameters that published figures do not rule out."""
