"""Tables of official accounts and of access, by subject."""

from accounts.models.grants import Grant, GrantEnd

__all__ = ["Grant", "GrantEnd"]
