"""What the backups keep about themselves."""

from backups.models.keys import BackupKey, KeyProof
from backups.models.runs import BackupRun, Certificate, Copy, PackedFile, RestoreUse

__all__ = ["BackupKey", "BackupRun", "Certificate", "Copy", "KeyProof", "PackedFile", "RestoreUse"]
