"""Expired sessions do not stay in the database."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from ecdept.tasks import clear_sessions


@pytest.mark.django_db
def test_it_deletes_expired_sessions_and_no_others() -> None:
    now = timezone.now()
    Session.objects.create(session_key="old", session_data="", expire_date=now - timedelta(minutes=1))
    Session.objects.create(session_key="new", session_data="", expire_date=now + timedelta(minutes=1))
    clear_sessions()
    assert list(Session.objects.values_list("session_key", flat=True)) == ["new"]
