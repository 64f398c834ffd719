"""What registrars do before, while and after they report."""
