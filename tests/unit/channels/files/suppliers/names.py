"""What fifty made-up suppliers call things, by document, value and language; several names each, parted by ``|``."""

from __future__ import annotations

LANGUAGES = ("en", "de", "fr", "es", "it", "nl")

_COMMON = {
    "order": {
        "en": "PO Number|Your PO|Customer Order No|PO#|Purchase Order",
        "de": "Bestellnummer|Ihre Bestellung|Bestell-Nr.|Kundenbestellnr.",
        "fr": "No commande|N° commande|Votre commande|Commande client",
        "es": "Nº pedido|Pedido|Su pedido|Orden de compra",
        "it": "N. ordine|Ordine|Vs. ordine|Numero ordine cliente",
        "nl": "Bestelnummer|Uw order|Inkoopordernr|Ordernummer",
    },
    "line": {
        "en": "Line|Pos|Line No|Item Line|PO Line",
        "de": "Pos|Position|Zeile|Pos.-Nr.",
        "fr": "Ligne|Poste|N° ligne",
        "es": "Línea|Posición|Nº línea",
        "it": "Riga|Posizione|N. riga",
        "nl": "Regel|Positie|Regelnummer",
    },
    "item": {
        "en": "SKU|Item No|Part Number|Article|Product Code|Our Item Number",
        "de": "Artikelnummer|Art.-Nr.|Teilenummer|Materialnummer|Artikel",
        "fr": "Référence|Code article|Réf. article|Article",
        "es": "Código artículo|Artículo|Referencia|Código producto",
        "it": "Codice articolo|Articolo|Cod. prodotto|Ns. codice",
        "nl": "Artikelnummer|Artikelcode|Artikel|Productcode",
    },
    "text": {
        "en": "Description|Item Description|Product Name",
        "de": "Bezeichnung|Artikelbezeichnung|Beschreibung",
        "fr": "Désignation|Libellé|Description",
        "es": "Descripción|Denominación",
        "it": "Descrizione|Descrizione articolo",
        "nl": "Omschrijving|Artikelomschrijving",
    },
    "unit": {
        "en": "UoM|Unit|Unit of Measure",
        "de": "ME|Einheit|Mengeneinheit",
        "fr": "Unité|UM|Unité de mesure",
        "es": "Unidad|Unidad de medida|UM",
        "it": "UM|Unità|Unità di misura",
        "nl": "Eenheid|EH",
    },
    "price": {
        "en": "Unit Price|Price|Price each|Net Price",
        "de": "Einzelpreis|Preis|Stückpreis|Netto-Preis",
        "fr": "Prix unitaire|PU HT|Prix",
        "es": "Precio unitario|Precio",
        "it": "Prezzo unitario|Prezzo|Prezzo netto",
        "nl": "Stuksprijs|Prijs|Prijs per stuk|Nettoprijs",
    },
    "currency": {
        "en": "Currency|Curr|CCY",
        "de": "Währung|Waehrung|WKZ",
        "fr": "Devise|Monnaie",
        "es": "Moneda|Divisa",
        "it": "Valuta|Divisa",
        "nl": "Valuta|Munt",
    },
    "gtin": {
        "en": "EAN|GTIN|Barcode",
        "de": "EAN|EAN-Code|GTIN",
        "fr": "EAN|Code barres EAN|GTIN",
        "es": "EAN|Código EAN|GTIN",
        "it": "EAN|Codice EAN|GTIN",
        "nl": "EAN|EAN-code|GTIN",
    },
}

_INVOICE = {
    "number": {
        "en": "Invoice No|Invoice #|InvoiceNumber|Inv. No.|invoice_id",
        "de": "Rechnungsnummer|Rechnungs-Nr.|Rechn.Nr.|Rechnung",
        "fr": "No facture|N° de facture|Numéro facture|Facture",
        "es": "Nº factura|Número de factura|Factura",
        "it": "N. fattura|Numero fattura|Fattura",
        "nl": "Factuurnummer|Factuurnr|Factuur",
    },
    "date": {
        "en": "Invoice Date|Date|Inv Date|InvoiceDate",
        "de": "Rechnungsdatum|Datum|Belegdatum",
        "fr": "Date facture|Date de facture|Date",
        "es": "Fecha factura|Fecha|Fecha de factura",
        "it": "Data fattura|Data|Data documento",
        "nl": "Factuurdatum|Datum",
    },
    "quantity": {
        "en": "Qty|Quantity|Qty Invoiced|Quantity Shipped",
        "de": "Menge|Anzahl|Liefermenge",
        "fr": "Qté|Quantité|Quantité livrée|Qté facturée",
        "es": "Cantidad|Cant.|Cantidad facturada",
        "it": "Quantità|Q.tà|Quantità fatturata",
        "nl": "Aantal|Hoeveelheid|Gefactureerd aantal",
    },
    "amount": {
        "en": "Amount|Line Total|Extended Price|Line Amount",
        "de": "Betrag|Positionswert|Gesamtpreis|Nettobetrag",
        "fr": "Montant|Montant ligne|Montant HT",
        "es": "Importe|Importe línea",
        "it": "Importo|Importo riga|Totale riga",
        "nl": "Bedrag|Regelbedrag|Regeltotaal",
    },
    "total": {
        "en": "Invoice Total|Total Amount|Grand Total",
        "de": "Rechnungsbetrag|Gesamtbetrag|Bruttobetrag",
        "fr": "Total TTC|Montant total|Total facture",
        "es": "Importe total|Total factura",
        "it": "Totale fattura|Importo totale|Totale documento",
        "nl": "Factuurbedrag|Totaalbedrag|Factuurtotaal",
    },
}

_ACKNOWLEDGMENT = {
    "number": {
        "en": "Sales Order|Order Confirmation No|SO Number|Our Order No",
        "de": "Auftragsbestätigung|AB-Nr.|Auftragsbestätigungsnr.",
        "fr": "N° confirmation|No confirmation de commande",
        "es": "Nº confirmación|Confirmación de pedido",
        "it": "N. conferma ordine|Conferma d'ordine",
        "nl": "Orderbevestiging|Bevestigingsnummer",
    },
    "date": {
        "en": "Confirmation Date|Ack Date|Date",
        "de": "Bestätigungsdatum|Datum|AB-Datum",
        "fr": "Date de confirmation|Date",
        "es": "Fecha confirmación|Fecha",
        "it": "Data conferma|Data",
        "nl": "Bevestigingsdatum|Datum",
    },
    "quantity": {
        "en": "Qty Ordered|Ordered Quantity|Order Qty|Quantity",
        "de": "Bestellte Menge|Bestellmenge|Menge",
        "fr": "Qté commandée|Quantité commandée|Quantité",
        "es": "Cantidad pedida|Cantidad",
        "it": "Quantità ordinata|Q.tà ordinata|Quantità",
        "nl": "Besteld aantal|Aantal besteld|Aantal",
    },
    "confirmed": {
        "en": "Qty Confirmed|Confirmed Quantity|Confirmed|Qty Promised",
        "de": "Bestätigte Menge|Menge bestätigt|Zugesagte Menge",
        "fr": "Qté confirmée|Quantité confirmée",
        "es": "Cantidad confirmada|Confirmado",
        "it": "Quantità confermata|Q.tà confermata",
        "nl": "Bevestigd aantal|Aantal bevestigd",
    },
    "promised": {
        "en": "Confirmed Date|Promised Date|Ship Date|Promise Date",
        "de": "Bestätigter Liefertermin|Zugesagter Termin|Liefertermin",
        "fr": "Date confirmée|Date de livraison confirmée|Date de livraison",
        "es": "Fecha confirmada|Fecha de entrega confirmada|Fecha de entrega",
        "it": "Data confermata|Data di consegna confermata|Data consegna",
        "nl": "Bevestigde leverdatum|Leverdatum|Bevestigde datum",
    },
    "status": {
        "en": "Status|Line Status|Confirmation Status",
        "de": "Status|Positionsstatus|Bestätigungsstatus",
        "fr": "Statut|Statut ligne",
        "es": "Estado|Estado línea",
        "it": "Stato|Stato riga",
        "nl": "Status|Regelstatus",
    },
}

_NOTICE = {
    "number": {
        "en": "Shipment No|ASN Number|Delivery Note|Packing Slip|Shipment ID",
        "de": "Lieferschein|Lieferscheinnummer|Lieferschein-Nr.|Avis-Nr.",
        "fr": "N° BL|Bon de livraison|No bon de livraison|N° expédition",
        "es": "Nº albarán|Albarán|Número de envío",
        "it": "N. DDT|DDT|Numero spedizione|Bolla di consegna",
        "nl": "Pakbonnummer|Pakbon|Zendingnummer",
    },
    "date": {
        "en": "Ship Date|Shipped On|Date Shipped|Dispatch Date",
        "de": "Versanddatum|Lieferdatum|Lieferscheindatum",
        "fr": "Date d'expédition|Date BL|Date de livraison",
        "es": "Fecha de envío|Fecha albarán|Fecha de entrega",
        "it": "Data spedizione|Data DDT|Data di consegna",
        "nl": "Verzenddatum|Leverdatum|Datum pakbon",
    },
    "quantity": {
        "en": "Qty Shipped|Shipped Qty|Quantity|Ship Qty|Delivered Quantity",
        "de": "Liefermenge|Gelieferte Menge|Menge|Versandmenge",
        "fr": "Qté expédiée|Quantité livrée|Qté livrée",
        "es": "Cantidad enviada|Cantidad entregada|Cantidad",
        "it": "Quantità spedita|Quantità consegnata|Q.tà",
        "nl": "Geleverd aantal|Verzonden aantal|Aantal",
    },
    "sscc": {
        "en": "SSCC|Carton SSCC|SSCC-18",
        "de": "NVE|SSCC|Packstück-NVE",
        "fr": "SSCC|N° SSCC",
        "es": "SSCC|Matrícula SSCC",
        "it": "SSCC|Codice SSCC",
        "nl": "SSCC|SSCC-code",
    },
    "tracking": {
        "en": "Tracking No|Tracking Number|Tracking",
        "de": "Sendungsnummer|Trackingnummer",
        "fr": "N° de suivi|Tracking",
        "es": "Nº seguimiento|Tracking",
        "it": "N. tracking|Tracking",
        "nl": "Trackingnummer|Track & Trace",
    },
    "lot": {
        "en": "Lot|Batch|Lot No",
        "de": "Charge|Chargennummer",
        "fr": "Lot|N° lot",
        "es": "Lote|Nº lote",
        "it": "Lotto|N. lotto",
        "nl": "Partij|Batch",
    },
}

_INVENTORY = {
    "date": {
        "en": "As Of Date|Stock Date|Inventory Date|Date",
        "de": "Bestandsdatum|Stichtag|Datum",
        "fr": "Date de stock|Date inventaire|Date",
        "es": "Fecha de stock|Fecha inventario|Fecha",
        "it": "Data giacenza|Data inventario|Data",
        "nl": "Voorraaddatum|Datum",
    },
    "available": {
        "en": "Available|Qty Available|Available Stock|ATS",
        "de": "Verfügbar|Verfügbarer Bestand|Verfügbare Menge",
        "fr": "Disponible|Stock disponible|Qté disponible",
        "es": "Disponible|Stock disponible|Cantidad disponible",
        "it": "Disponibile|Giacenza disponibile|Quantità disponibile",
        "nl": "Beschikbaar|Beschikbare voorraad|Beschikbaar aantal",
    },
    "on_hand": {
        "en": "On Hand|Qty On Hand|Stock On Hand",
        "de": "Lagerbestand|Bestand gesamt|Bestand",
        "fr": "Stock physique|En stock|Stock",
        "es": "Existencias|Stock físico",
        "it": "Giacenza|Giacenza fisica",
        "nl": "Voorraad|Fysieke voorraad",
    },
    "warehouse": {
        "en": "Warehouse|Location|DC",
        "de": "Lager|Lagerort",
        "fr": "Entrepôt|Dépôt",
        "es": "Almacén|Depósito",
        "it": "Magazzino|Deposito",
        "nl": "Magazijn|Locatie",
    },
}

_ORDER = {
    "number": _COMMON["order"],
    "date": {
        "en": "Order Date|PO Date|Date",
        "de": "Bestelldatum|Datum",
        "fr": "Date commande|Date de commande|Date",
        "es": "Fecha pedido|Fecha",
        "it": "Data ordine|Data",
        "nl": "Besteldatum|Orderdatum|Datum",
    },
    "requested": {
        "en": "Requested Date|Delivery Date|Need By Date|Required Date",
        "de": "Wunschtermin|Lieferdatum|Wunschlieferdatum",
        "fr": "Date de livraison|Date souhaitée|Date de livraison demandée",
        "es": "Fecha de entrega|Fecha solicitada",
        "it": "Data di consegna|Data richiesta|Data consegna richiesta",
        "nl": "Leverdatum|Gewenste leverdatum|Gevraagde datum",
    },
    "quantity": {
        "en": "Qty|Order Qty|Quantity Ordered|Quantity",
        "de": "Menge|Bestellmenge|Anzahl",
        "fr": "Qté|Quantité commandée|Quantité",
        "es": "Cantidad|Cantidad pedida|Cant.",
        "it": "Quantità|Quantità ordinata|Q.tà",
        "nl": "Aantal|Besteld aantal|Hoeveelheid",
    },
    "ship_to": {
        "en": "Ship To|Deliver To|Ship-to Name",
        "de": "Lieferadresse|Warenempfänger|Lieferanschrift",
        "fr": "Adresse de livraison|Destinataire",
        "es": "Dirección de entrega|Destinatario",
        "it": "Destinatario|Indirizzo di consegna",
        "nl": "Afleveradres|Ontvanger",
    },
}

NAMES = {
    "invoice": {**_COMMON, **_INVOICE},
    "purchase_order_acknowledgment": {**_COMMON, **_ACKNOWLEDGMENT},
    "advance_ship_notice": {**{k: v for k, v in _COMMON.items() if k not in ("price", "currency")}, **_NOTICE},
    "inventory_advice": {**{k: v for k, v in _COMMON.items() if k not in ("order", "line")}, **_INVENTORY},
    "purchase_order": {**{k: v for k, v in _COMMON.items() if k != "order"}, **_ORDER},
}
"""Document → value → language → names."""

UNITS = {
    "en": "EA|pcs|Each",
    "de": "Stk|Stück|ST.",
    "fr": "pce|pièce|U",
    "es": "ud|pza|UN",
    "it": "pz|PZ|nr",
    "nl": "st|stuks|STK",
}
DATES = {
    "en": "%m/%d/%Y|%Y-%m-%d|%d-%b-%Y",
    "de": "%d.%m.%Y|%Y%m%d|%d.%m.%y",
    "fr": "%d/%m/%Y|%Y-%m-%d",
    "es": "%d/%m/%Y|%d-%m-%Y",
    "it": "%d/%m/%Y|%d.%m.%Y|%d-%m-%Y",
    "nl": "%d-%m-%Y|%d/%m/%Y|%Y-%m-%d",
}
STATUSES = {
    "accepted": {"en": "Accepted", "de": "bestätigt", "fr": "Confirmé", "es": "Confirmado", "it": "Confermato",
                 "nl": "Bevestigd"},
    "quantity_changed": {"en": "Partial", "de": "Teilmenge", "fr": "Partiel", "es": "Parcial", "it": "Parziale",
                         "nl": "Gedeeltelijk"},
    "rejected": {"en": "Rejected", "de": "abgelehnt", "fr": "Refusé", "es": "Rechazado", "it": "Rifiutato",
                 "nl": "Geweigerd"},
    "backordered": {"en": "Backordered", "de": "Rückstand", "fr": "Reliquat", "es": "Pendiente", "it": "Inevaso",
                    "nl": "Nalevering"},
}  # fmt: skip

BESIDE = {"Kst": "4711", "VAT %": "19", "Remarks 2": "", "Sales rep": "Miller", "Contract": "C-7", "Incoterms": "DAP"}
"""Columns that suppliers have besides, each with its value."""

TEXTS = ("Hammer", "Drill bit set", "Copper tube", "Valve, brass", "Cable drum", "Safety gloves")
