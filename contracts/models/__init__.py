"""The tables of the contracts desk, by subject."""

from contracts.models.agreements import Contract, ContractForce, ContractSignature, ContractVersion
from contracts.models.deliveries import Acceptance, Arrival, ArrivalLine, Delivery, DeliveryLine
from contracts.models.library import ClauseText
from contracts.models.orders import OrderEvent, OrderLine, PurchaseOrder
from contracts.models.suppliers import Supplier, SupplierContact

__all__ = [
    "Acceptance",
    "Arrival",
    "ArrivalLine",
    "ClauseText",
    "Contract",
    "ContractForce",
    "ContractSignature",
    "ContractVersion",
    "Delivery",
    "DeliveryLine",
    "OrderEvent",
    "OrderLine",
    "PurchaseOrder",
    "Supplier",
    "SupplierContact",
]
