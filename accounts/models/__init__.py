"""Tables of the official accounts and of access, by subject."""

from accounts.models.grants import Grant, GrantEnd
from accounts.models.vault import (
    Account,
    AccountFacts,
    Box,
    CustodianChange,
    Lending,
    RecoveryKey,
    Reveal,
    Rotation,
    Sealed,
    SecretVersion,
    VaultImport,
    VaultKey,
)

__all__ = [
    "Account",
    "AccountFacts",
    "Box",
    "CustodianChange",
    "Grant",
    "GrantEnd",
    "Lending",
    "RecoveryKey",
    "Reveal",
    "Rotation",
    "Sealed",
    "SecretVersion",
    "VaultImport",
    "VaultKey",
]
