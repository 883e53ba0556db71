"""How each kind of organisation decides."""
