"""Verbs of the roster: planning, publishing, the hotline, the rota, swaps."""
