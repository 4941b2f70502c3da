"""The verbs of the approvals engine, and the only writers of its tables."""
