"""What we write as cXML has its elements where the cXML DTDs (1.2.050) want them.

No package has the DTDs under a licence that we may use, so this is a table of our own, made from the public cXML
User's Guide: of each element that we write, the elements that may stand in it, in their order. What is required there
and optional elsewhere is not looked at.
"""

from __future__ import annotations

import pytest
from lxml import etree

from partners.ready_mappings import READY
from tests.unit.channels.files.test_ubl_schemas import written

CONTENT = {
    "cXML": "Header Message Request Response",
    "Header": "From To Sender Path OriginalDocument",
    "Sender": "Credential UserAgent",
    "Credential": "Identity SharedSecret DigitalSignature",
    "Request": "OrderRequest ConfirmationRequest ShipNoticeRequest InvoiceDetailRequest",
    "OrderRequest": "OrderRequestHeader ItemOut",
    "OrderRequestHeader": "Total ShipTo BillTo BusinessPartner LegalEntity OrganizationalUnit Shipping Tax Payment "
    "PaymentTerm Contact Comments Followup ControlKeys DocumentReference SupplierOrderInfo TermsOfDelivery "
    "DeliveryPeriod IdReference Extrinsic",
    "Address": "Name PostalAddress Email Phone Fax URL",
    "Contact": "Name PostalAddress Email Phone Fax URL IdReference Extrinsic",
    "PostalAddress": "DeliverTo Street City Municipality State PostalCode Country Extrinsic",
    "ItemOut": "ItemID Path ItemDetail BlanketItemDetail SupplierID SupplierList ShipTo Shipping Tax SpendDetail "
    "Distribution Contact TermsOfDelivery Comments",
    "ItemID": "SupplierPartID SupplierPartAuxiliaryID BuyerPartID IdReference",
    "ItemDetail": "UnitPrice Description UnitOfMeasure PriceBasisQuantity Classification ManufacturerPartID "
    "ManufacturerName URL LeadTime",
    "ConfirmationRequest": "ConfirmationHeader OrderReference OrderIDInfo ConfirmationItem",
    "ConfirmationHeader": "DocumentReference Total Shipping Tax Contact Hazard Comments IdReference Extrinsic",
    "ConfirmationItem": "UnitOfMeasure ConfirmationStatus Contact Hazard",
    "ConfirmationStatus": "UnitOfMeasure ItemIn UnitPrice Tax Shipping SupplierPartID Comments Extrinsic",
    "ShipNoticeRequest": "ShipNoticeHeader ShipControl ShipNoticePortion",
    "ShipNoticeHeader": "ServiceLevel DocumentReference Contact LegalEntity OrganizationalUnit Hazard Comments "
    "TermsOfDelivery TermsOfTransport Packaging Extrinsic IdReference",
    "ShipControl": "CarrierIdentifier ShipmentIdentifier PackageIdentification Route Contact Comments Extrinsic",
    "ShipNoticeItem": "ItemID ShipNoticeItemDetail UnitOfMeasure Packaging Hazard Batch SupplierBatchID AssetInfo",
    "InvoiceDetailRequest": "InvoiceDetailRequestHeader InvoiceDetailOrder InvoiceDetailHeaderOrder "
    "InvoiceDetailSummary",
    "InvoiceDetailRequestHeader": "InvoiceDetailHeaderIndicator InvoiceDetailLineIndicator InvoicePartner "
    "DocumentReference InvoiceIDInfo PaymentProposalIDInfo InvoiceDetailShipping ShipNoticeIDInfo PaymentTerm "
    "InvoiceDetailPaymentTerm Period Comments IdReference Extrinsic",
    "InvoicePartner": "Contact IdReference",
    "InvoiceDetailShipping": "Contact CarrierIdentifier ShipmentIdentifier DocumentReference",
    "InvoiceDetailOrder": "InvoiceDetailOrderInfo InvoiceDetailReceiptInfo InvoiceDetailShipNoticeInfo "
    "InvoiceDetailItem InvoiceDetailServiceItem",
    "InvoiceDetailItem": "UnitOfMeasure UnitPrice PriceBasisQuantity InvoiceDetailItemReference "
    "ReceiptLineItemReference ShipNoticeLineItemReference ServiceEntryItemReference ProductMovementItemIDInfo "
    "SubtotalAmount Tax InvoiceDetailLineSpecialHandling InvoiceDetailLineShipping GrossAmount "
    "InvoiceDetailDiscount NetAmount Distribution Packaging InvoiceItemModifications TotalCharges Comments",
    "InvoiceDetailItemReference": "ItemID Description Classification ManufacturerPartID ManufacturerName Country "
    "SerialNumber",
    "InvoiceDetailSummary": "SubtotalAmount Tax SpecialHandlingAmount ShippingAmount GrossAmount "
    "InvoiceDetailDiscount InvoiceHeaderModifications TotalCharges TotalAllowances NetAmount DepositAmount "
    "DueAmount",
    "Tax": "Money Description TaxDetail Distribution Extrinsic",
}


def misplaced(root: etree._Element) -> list[str]:
    """Elements that may not stand where they do, or not behind those before them."""
    found = []
    for around in root.iter(*CONTENT):
        order = CONTENT[str(around.tag)].split()
        before = -1
        for child in around:
            place = order.index(str(child.tag)) if child.tag in order else -2
            if place < before:
                found.append(f"{child.tag} in {around.tag}")
            before = max(before, place)
    return found


@pytest.mark.parametrize("name", [name for name in READY if name.startswith("cxml-")])
def test_elements_stand_where_the_dtds_want_them(name: str) -> None:
    bodies = written(name)
    assert bodies
    assert {number: wrong for number, body in bodies if (wrong := misplaced(etree.fromstring(body)))} == {}


def test_an_element_in_the_wrong_place_is_found() -> None:
    assert misplaced(etree.fromstring(b"<Request><Header/></Request>")) == ["Header in Request"]
    assert misplaced(etree.fromstring(b"<Header><To/><From/></Header>")) == ["From in Header"]
