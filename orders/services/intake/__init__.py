"""Verbs of the intake: batches of files, and one order typed by hand."""

from orders.services.intake.batches import (
    VERBS,
    erase_batch,
    map_batch,
    retry_batch,
    save_mapping,
    start_batch,
    subject_of_batch,
)
from orders.services.intake.manual import enter_order
from orders.services.intake.rejects import download_rejected
from orders.services.intake.running import Busy, break_off, counts, resume_batches, run_batch

__all__ = [
    "VERBS",
    "Busy",
    "break_off",
    "counts",
    "download_rejected",
    "enter_order",
    "erase_batch",
    "map_batch",
    "resume_batches",
    "retry_batch",
    "run_batch",
    "save_mapping",
    "start_batch",
    "subject_of_batch",
]
