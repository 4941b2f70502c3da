"""What the inbox shows. Reads only."""

from __future__ import annotations

from office.notices.models import Notice


def unread_count(user_id: int) -> int:
    """Unread lines that are not muted; answered by a partial index."""
    return Notice.objects.filter(recipient_id=user_id, read_at=None, muted=False).count()
