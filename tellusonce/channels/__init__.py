"""How agencies are reached."""
