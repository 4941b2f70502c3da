"""The verbs of the staff engine: the only writers of people, appointments and presences."""
