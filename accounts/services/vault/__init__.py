"""The verbs of the vault, by subject."""
