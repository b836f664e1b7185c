"""What suppliers call the fields of documents, beside the columns of our own tables: data to be read and added to.

The phrases are English; the vocabulary finds them in other languages, too. ``~`` marks one that may mean other things.
"""

from __future__ import annotations

_ORDER = (
    "order number", "buyer order number", "order id", "buyer order", "order reference", "~order",
    "order document number",
    "buyer order reference", "~buyer reference number", "~order item number",
)  # fmt: skip
_BUYER_ITEM = (
    "buyer item number", "buyer item", "buyer item id", "~item number buyer", "buyers item identification",
)  # fmt: skip
_VENDOR_ITEM = (
    "item number", "item", "~supplier number",
    "supplier item number", "supplier item", "~catalog number", "~item name number",
    "~product", "~reference",
    "item reference", "supplier item identification",
)  # fmt: skip
_DESCRIPTION = (
    "description", "item description", "item name", "~name", "~text", "~title", "line description", "product name",
    "~product",
)  # fmt: skip
_UNIT = ("unit", "quantity unit", "order unit", "~line unit", "unit code", "sale unit")
_LINE = ("line", "line number", "line item number", "~position", "order line", "order line number")
_CURRENCY = ("currency", "currency code", "document currency", "price currency", "invoice currency")
_SHIP_TO = (
    "ship to", "deliver address", "deliver to", "receive", "receive name", "ship address", "deliver to name",
    "deliver address name", "~deliver party name",
)  # fmt: skip
_GTIN = ("gtin", "gtin number", "item gtin", "international pid", "standard item identification", "~item number gtin")

NAMES: dict[str, tuple[str, ...]] = {
    "purchase_order_number": _ORDER,
    "purchase_order.purchase_order_number": _ORDER,
    "references[purchase_order].value": ("line order number",),
    "purchase_order_date": ("order date", "buyer order date"),
    "purchase_order.date": ("order date", "buyer order date"),
    "order_date": ("order date", "document date", "~date", "issue date"),
    "invoice_number": ("invoice number", "invoice", "document number", "~number", "bill number", "invoice id"),
    "invoice_date": ("invoice date", "document date", "~date", "bill date", "issue date"),
    "related_invoice_number": ("original invoice", "original invoice number"),
    "shipment_identification": (
        "ship number", "ship note number", "deliver note", "deliver note number", "deliver number", "shipment id",
        "ship notice number", "notice number", "~document number", "~number", "shipment", "delivery", "dispatch advice",
    ),
    "date": (
        "notice date", "ship notice date", "deliver note date", "document date", "~date", "issue date", "stock date",
        "~create date", "inventory date", "deliver note issue date", "~ship date", "~deliver date",
    ),
    "dates[shipped].date": ("ship date", "~deliver date", "shipped on", "deliver note date"),
    "dates[estimated_delivery].date": ("expected deliver date", "deliver date", "expected date", "expected arrival"),
    "dates[requested_delivery].date": (
        "request deliver date", "deliver date", "request date", "~due date", "deliver start date",
    ),
    "dates[expiration].date": ("expiry date", "expiry", "best before date"),
    "acknowledgment_date": ("confirm date", "document date", "~date", "issue date", "order confirm date"),
    "seller_reference": (
        "sale order number", "supplier order number", "order confirm number", "confirm number", "supplier reference",
        "~document number",
    ),
    "currency.code": _CURRENCY,
    "total_amount": (
        "total amount", "invoice total", "invoice amount", "gross total", "gross amount", "payable amount",
        "total gross",
        "~total", "invoice total amount", "total payable", "~amount total tax",
    ),
    "payment_terms.net_due_date": ("due date", "payment due date", "payment date", "payable due"),
    "payment_terms.net_days": ("payment terms days", "payment days", "net days", "days due"),
    "payment_terms.description": ("payment terms", "terms", "payment terms note"),
    "payment_terms.discount_percent": ("discount percent terms", "payment discount percent"),
    "allowances_and_charges[charge].amount": ("freight", "freight charge", "freight amount", "~charge amount"),
    "allowances_and_charges[allowance].amount": ("discount amount", "~discount"),
    "taxes[VA].amount": ("tax amount", "tax", "tax total", "total tax amount", "total tax"),
    "taxes[VA].percent": ("tax percent", "tax percent percent"),
    "line_number": _LINE,
    "quantity.line_number": _LINE,
    "quantity.value": (
        "quantity", "order quantity", "invoice quantity", "deliver quantity", "~unit", "ordered", "quantity ordered",
        "invoiced quantity", "~ship quantity",
    ),
    "quantity.shipped.value": (
        "ship quantity", "deliver quantity", "quantity", "quantity deliver", "~ship", "delivered", "ship unit quantity",
    ),
    "quantity.ordered.value": ("order quantity", "ordered", "quantity ordered"),
    "quantity.unit_of_measure": _UNIT,
    "quantity.shipped.unit_of_measure": _UNIT,
    "unit_price": ("unit price", "price", "net price", "item price", "price amount", "price each", "net unit price"),
    "unit_prices.price": ("unit price", "price", "net price", "list price", "sale price", "variant price"),
    "identifiers[buyer_item_number].value": _BUYER_ITEM,
    "identifiers[vendor_item_number].value": _VENDOR_ITEM,
    "identifiers[manufacturer_part_number].value": ("manufacturer item number", "manufacturer item"),
    "identifiers[gtin_12].value": _GTIN,
    "identifiers[gtin_13].value": _GTIN,
    "identifiers[gtin_14].value": _GTIN,
    "identifiers[lot_number].value": ("lot", "lot number", "~charge", "charge number", "~lot charge"),
    "identifiers[serial_number].value": ("serial number", "serial"),
    "descriptions[F].text": _DESCRIPTION,
    "parties[ship_to].name": _SHIP_TO,
    "parties[ship_to].identifier.value": (
        "ship to number", "receive number", "deliver to number", "deliver address id",
    ),
    "parties[ship_to].address.lines[1]": (
        "ship to address", "deliver address", "ship address street", "receive address",
    ),
    "parties[ship_to].address.city": ("ship to city", "deliver city", "~city", "receive city"),
    "parties[ship_to].address.state_or_province": ("ship to state", "deliver state"),
    "parties[ship_to].address.postal_code": ("ship to postal", "deliver postal", "postal", "ship to postal number"),
    "parties[ship_to].address.country": ("ship to country", "deliver country", "~country"),
    "parties[ship_from].name": ("ship from", "ship from name"),
    "parties[bill_to].name": ("bill to", "invoice address", "invoice to", "bill to name", "~buyer name"),
    "parties[buyer].name": ("buyer name", "buyer"),
    "parties[remit_to].name": ("remit to", "remit to name"),
    "parties[warehouse].name": ("warehouse", "warehouse name"),
    "references[bill_of_lading].value": ("bill lading", "bill lading number"),
    "references[carrier_reference].value": ("tracking number", "tracking", "tracking id"),
    "references[packing_list].value": ("deliver note", "deliver note number", "ship number", "deliver note reference"),
    "references[vendor_number].value": ("supplier number", "supplier id"),
    "routing.description": ("carrier", "carrier name", "~ship method"),
    "lading.weight.value": ("gross weight", "weight", "total weight"),
    "lading.quantity": ("carton count", "carton quantity", "number carton", "package count"),
    "marks[sscc].value": ("~sscc number",),
    "marks[carrier_package_id].value": ("package tracking number",),
    "quantities[available_for_sale].quantity.value": (
        "available quantity", "quantity", "available stock", "available", "stock", "stock quantity",
        "inventory quantity",
        "free stock", "variant stock quantity",
    ),
    "quantities[available_for_sale].quantity.unit_of_measure": _UNIT,
    "quantities[on_hand].quantity.value": (
        "stock on hand", "stock on hand quantity", "hand quantity", "stock quantity", "on hand",
    ),
    "status": ("line status", "status", "confirm status", "order status"),
    "messages.text": ("note", "text note", "~comment"),
}  # fmt: skip
"""Path below its level → phrases for it."""

NAMES_OF: dict[tuple[str, str], tuple[str, ...]] = {
    ("purchase_order_acknowledgment", "order_date"): ("order date", "buyer order date"),
    ("purchase_order_acknowledgment", "acknowledgment_date"): (
        "confirm date", "document date", "date", "issue date", "order confirm date",
    ),
    ("purchase_order_acknowledgment", "acknowledgments.quantity.value"): (
        "confirm quantity", "confirmed", "quantity confirmed", "available quantity", "expected quantity",
        "~deliver quantity", "~ship quantity",
    ),
    ("purchase_order_acknowledgment", "acknowledgments.date"): (
        "confirm date", "confirm deliver date", "deliver date", "ship date", "expected deliver date", "expected date",
        "confirm ship date", "expected ship date",
    ),
    ("purchase_order_acknowledgment", "acknowledgments.identifiers[vendor_item_number].value"): (
        "replace item", "replace item number",
    ),
}  # fmt: skip
"""The same for one type of document only, in place of what holds for all."""

NOT_READ: dict[str, str] = {
    "line amount": "",
    "line net amount": "",
    "amount": "",
    "total price": "",
    "net amount": "",
    "line total": "",
    "tax number": "",
    "supplier name": "",
    "supplier": "",
    "buyer number": "",
    "customer name": "",
    "payment method": "",
    "discount percent": "",
    "line tax percent": "purchase_order",
    "net weight": "",
    "supplier city": "",
    "supplier address": "",
    "supplier postal": "",
    "supplier country": "",
    "buyer city": "",
    "buyer address": "",
    "total net amount": "",
    "page": "",
}
"""What files say that documents have no place for → the document type that it is so for, none: all. A column that is
one of these is not taken for something else."""

UNITS = {
    "EA": "ea each pc pcs pce piece pieces stk st stck stück stueck unit units u ud uds un unidad pieza pza pz c62 h87 "
    "pièce pieces stuck nar",
    "CT": "ctn carton cartons karton ct krt ktn",
    "BX": "box bx boite boîte caja schachtel cja",
    "CA": "case cs cas kiste kst",
    "PK": "pack packs pk pkg pkt paket packung pqt paquet paquete pak",
    "PL": "pallet pal palette palet plt",
    "KG": "kg kgm kilo kilogramm kilogramme",
    "GR": "g gr grm gramm",
    "LB": "lb lbs pound lbr",
    "LT": "l lt ltr liter litre litro",
    "MR": "m mtr meter metre mètre metro lfm",
    "FT": "ft feet foot fot",
    "PR": "pair pr paar paire par npr",
    "DZ": "dz doz dozen dutzend douzaine docena dzn",
    "ST": "set satz juego jeu",
    "RL": "roll rl rolle rouleau rollo rol",
    "BG": "bag sack beutel sac saco bg",
    "BO": "bottle flasche bouteille botella bo btl fl",
    "HU": "100 hundred hundert cent",
    "TH": "1000 thousand tausend mille mil",
}
"""Our code (X12 355) → the words that suppliers write for it."""

STATUSES = {
    "accepted": "accepted accept confirmed confirm ok yes ja oui si bestätigt bestaetigt angenommen confirmé "
    "confirmado "
    "aceptado accepté full confermato confermata accettato bevestigd akkoord geaccepteerd bestaetigt",
    "backordered": "backordered backorder bo rückstand rueckstand reliquat pendiente inevaso nalevering ritardo",
    "quantity_changed": "qty_changed changed_qty teilmenge partial partially partiel parcial teilweise parziale "
    "gedeeltelijk "
    "short",
    "rescheduled": "rescheduled delayed verschoben verspätet reporté retrasado date_changed "
    "posticipato verlaat uitgesteld",
    "rejected": "rejected refused cancelled canceled no nein non storniert abgelehnt refusé annulé rechazado "
    "anulado rifiutato annullato geweigerd afgewezen geannuleerd declined",
    "changed": "changed geändert modifié modificado modificato gewijzigd",
}
"""Our word for what is answered to an order's line → those that suppliers write."""
