"""One report of a life event; every agency told, lawfully and once."""
