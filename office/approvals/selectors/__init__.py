"""Reads of the approvals engine."""
