"""How decisions are taken up, recorded and put into effect."""
