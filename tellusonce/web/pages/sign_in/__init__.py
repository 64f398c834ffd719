"""Signing in and out, by a password or by a provider; one's own account; and how long a session lasts."""
