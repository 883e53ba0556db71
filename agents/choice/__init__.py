"""How any organisation decides, and learns."""
