"""What a family sees and does."""
