"""Tables of the order desk, by subject: shops and customers' keys, the ledger, the desk, the intake."""

from orders.models.customers import CustomerIndex, CustomerKey
from orders.models.desk import ContactRecord, DeskWatch, Note, OrderProgress, Unmasking
from orders.models.intake import Batch, RejectedRow, WebhookReceipt
from orders.models.ledger import Order, OrderEvent, OrderLine
from orders.models.record import OrderRecord
from orders.models.shops import Shop

__all__ = [
    "Batch",
    "ContactRecord",
    "CustomerIndex",
    "CustomerKey",
    "DeskWatch",
    "Note",
    "Order",
    "OrderEvent",
    "OrderLine",
    "OrderProgress",
    "OrderRecord",
    "RejectedRow",
    "Shop",
    "Unmasking",
    "WebhookReceipt",
]
