"""The verbs of the supplier's door: links, codes, visits, letters."""
