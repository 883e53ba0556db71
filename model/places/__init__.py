"""Places: their tables, how they are checked, drawn and described."""
