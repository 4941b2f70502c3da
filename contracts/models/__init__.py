"""The tables of the contracts desk, by subject."""

from contracts.models.agreements import Contract, ContractForce, ContractSignature, ContractVersion
from contracts.models.complaints import (
    Complaint,
    ComplaintAnswer,
    ComplaintCharge,
    ComplaintDecision,
    ComplaintFile,
    ComplaintForm,
    ComplaintWord,
    Dispute,
    DisputeStep,
)
from contracts.models.conduct import (
    Consent,
    Freeze,
    FreezeRelease,
    SupplierReview,
    SupplierScore,
    Violation,
)
from contracts.models.deliveries import Acceptance, Arrival, ArrivalLine, Delivery, DeliveryLine, Recount
from contracts.models.demand import DemandLine, DemandPlan
from contracts.models.door import DoorCode, DoorDraft, DoorEnd, DoorLetter, DoorLink, DoorNews, DoorVisit
from contracts.models.handovers import Handover, HandoverFetch
from contracts.models.inspections import Draw, Inspection, InspectionResult, Rectification, RectificationEvent
from contracts.models.invoices import Invoice, InvoiceEnd, InvoiceScan, InvoiceUse
from contracts.models.library import ClauseText
from contracts.models.losses import LossAnswer, LossClaim, LossDecision, LossLine
from contracts.models.money import (
    CreditNote,
    Payable,
    PayablePart,
    PayableVoid,
    Payment,
    PaymentDrop,
    PaymentLine,
    PaymentVoucher,
    ReadyLess,
    SetOff,
    SetOffEnd,
    SetOffUse,
)
from contracts.models.orders import OrderEnd, OrderEvent, OrderLine, PurchaseOrder
from contracts.models.plans import DocumentPaper, Milestone, PlanDocument, WorkPlan
from contracts.models.production import ProductionStep, StepReport
from contracts.models.proofs import DoorProof
from contracts.models.ready import ReadyLine, ReadyNotice
from contracts.models.records import BankDetails, CallBack, Certificate, CertificateEnd
from contracts.models.samples import Sample, SampleEvent
from contracts.models.suppliers import Supplier, SupplierContact

__all__ = [
    "Acceptance",
    "Arrival",
    "ArrivalLine",
    "BankDetails",
    "CallBack",
    "Certificate",
    "CertificateEnd",
    "ClauseText",
    "Complaint",
    "ComplaintAnswer",
    "ComplaintCharge",
    "ComplaintDecision",
    "ComplaintFile",
    "ComplaintForm",
    "ComplaintWord",
    "Consent",
    "Contract",
    "ContractForce",
    "ContractSignature",
    "ContractVersion",
    "CreditNote",
    "Delivery",
    "DeliveryLine",
    "DemandLine",
    "DemandPlan",
    "Dispute",
    "DisputeStep",
    "DocumentPaper",
    "DoorCode",
    "DoorDraft",
    "DoorEnd",
    "DoorLetter",
    "DoorLink",
    "DoorNews",
    "DoorProof",
    "DoorVisit",
    "Draw",
    "Freeze",
    "FreezeRelease",
    "Handover",
    "HandoverFetch",
    "Inspection",
    "InspectionResult",
    "Invoice",
    "InvoiceEnd",
    "InvoiceScan",
    "InvoiceUse",
    "LossAnswer",
    "LossClaim",
    "LossDecision",
    "LossLine",
    "Milestone",
    "OrderEnd",
    "OrderEvent",
    "OrderLine",
    "Payable",
    "PayablePart",
    "PayableVoid",
    "Payment",
    "PaymentDrop",
    "PaymentLine",
    "PaymentVoucher",
    "PlanDocument",
    "ProductionStep",
    "PurchaseOrder",
    "ReadyLess",
    "ReadyLine",
    "ReadyNotice",
    "Recount",
    "Rectification",
    "RectificationEvent",
    "Sample",
    "SampleEvent",
    "SetOff",
    "SetOffEnd",
    "SetOffUse",
    "StepReport",
    "Supplier",
    "SupplierContact",
    "SupplierReview",
    "SupplierScore",
    "Violation",
    "WorkPlan",
]
