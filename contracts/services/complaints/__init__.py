"""The verbs of complaints and disputes."""
