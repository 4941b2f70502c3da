"""What approvals ask of the catalog: the fields an edit would change, the before/after, the evidence."""
