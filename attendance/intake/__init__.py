"""Files of punches: what they are and what their rows say. Pure but for the bytes that are given."""
