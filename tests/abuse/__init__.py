"""What people do to it who mean it no good, and the answer that they get."""
