"""Who people are, by the word of others."""
