"""Pure calculation: which backups stay, when one is tried again."""
