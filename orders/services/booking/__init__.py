"""Booking: the one way into the ledger (C7.5)."""

from orders.services.booking.flow import Booking, book_orders

__all__ = ["Booking", "book_orders"]
