"""Reads for the pages of the backups."""
