"""Pages of the staff engine: people and posts, one's own account, the duty switch."""
