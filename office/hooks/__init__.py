"""Doors for machines that any desk may open: signatures, raw bodies, answers. Knows no desk and no database."""
