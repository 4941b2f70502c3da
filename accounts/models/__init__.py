"""Tables of the official accounts and of access, by subject."""

from accounts.models.changes import ChangeFeedback, DatabaseChange, SectionOpinion
from accounts.models.grants import Grant, GrantEnd
from accounts.models.records import AdvisoryFile, Procedure, ProcedureRead, SecurityReport, SecuritySignature
from accounts.models.reviews import GrantReview, GrantWord
from accounts.models.room import RoomEntry, RoomExit, RoomGrant
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
    "AdvisoryFile",
    "Box",
    "ChangeFeedback",
    "CustodianChange",
    "DatabaseChange",
    "Grant",
    "GrantEnd",
    "GrantReview",
    "GrantWord",
    "Lending",
    "Procedure",
    "ProcedureRead",
    "RecoveryKey",
    "Reveal",
    "RoomEntry",
    "RoomExit",
    "RoomGrant",
    "Rotation",
    "Sealed",
    "SecretVersion",
    "SectionOpinion",
    "SecurityReport",
    "SecuritySignature",
    "VaultImport",
    "VaultKey",
]
