"""What the words in columns' names mean, in English, German, French and Spanish: data to be read and added to.

A name becomes a set of concepts: ``Bestell-Nr.``, ``PO number`` and ``no commande`` are all ``{order, number}``, so one
list of phrases in English says what a field is called in all of them (``meanings``).
"""

from __future__ import annotations

CONCEPTS = {
    "order": "order orders po purchase bestell bestellung bestellungs auftrag auftrags commande commandes cde achat "
    "pedido pedidos orden compra oc besteld bestellt commandé",
    "number": "number no nr num numb numero nummer nº n° id ident code kode codigo key kennung nbr nro belegnr #",
    "invoice": "invoice inv rechnung rechnungs rechn faktura fakturen fact facture factura invoiced berechnet "
    "facturado "
    "facturée",
    "document": "document doc beleg dokument documento",
    "date": "date dat datum fecha dt dates tag jour dia issued",
    "quantity": "quantity qty qté qte quantities menge mengen anzahl cantidad cant quantite pcs piece pieces stück "
    "stck "
    "stk unidades pièces qnt qta ctd",
    "unit": "unit units uom me einheit einheiten unidad unite um ud einzel unitario unitaire unite measure mass each",
    "price": "price prices preis preise prix precio pr pvp",
    "amount": "amount amt betrag montant importe wert value valeur monto valor sum extended amounts",
    "total": "total totals gesamt summe totale insgesamt grand ttc payable",
    "net": "net netto neto",
    "gross": "gross brutto brut bruto",
    "line": "line lines position pos posn posten zeile zeilen ligne linea lin partida positions row",
    "item": "item items article articulo artikel artikels art teil teile part parts prod produkt product produit "
    "producto material mat ware waren variant piezas prd",
    "reference": "referencia référence reference ref réf references referenz",
    "supplier": "supplier vendor lieferant lieferanten fournisseur proveedor seller verkäufer vendeur our unser unsere "
    "notre nuestro nuestra sellers vendors suppliers ours",
    "buyer": "buyer buyers customer customers kunde kunden client cliente acheteur comprador your ihre ihr votre su kd "
    "kdn besteller cust",
    "ship": "ship shipped shipping shipment shipments dispatch despatch versand versandt versendet expédié expedition "
    "expédition envio envío enviado sent desadv",
    "deliver": "deliver delivery delivered liefer lieferung livraison livré livrée livrer entrega entregado geliefert "
    "delivery anlieferung",
    "receive": "warenempfänger empfänger consignee destinataire destinatario recipient destination dest destino",
    "to": "to",
    "from": "from von de_la",
    "address": "address adresse anschrift direccion street strasse straße rue calle addr",
    "city": "city ort stadt ville ciudad town",
    "postal": "zip postal post postleit postleitzahl postcode poblacion",
    "state": "state region bundesland province provincia",
    "country": "country land pays pais",
    "name": "name nom nombre nombres",
    "description": "description desc descr bezeichnung beschreibung libellé libelle désignation designation "
    "descripcion "
    "denominacion title text artikeltext titel produktname short long",
    "currency": "currency curr ccy cur währung waehrung waehr wkz devise monnaie moneda divisa",
    "tax": "tax vat mwst ust tva iva steuer impuesto taxe taxes umsatzsteuer mehrwertsteuer gst",
    "percent": "percent percentage pct satz rate taux prozent porcentaje tipo %",
    "due": "due fällig fälligkeit faellig zahlbar échéance echeance vencimiento zahlungsziel",
    "payment": "payment pay zahlung zahlungs paiement pago",
    "terms": "terms bedingung bedingungen conditions condiciones",
    "freight": "freight fracht frachtkosten porto transport versandkosten port portes transporte",
    "charge": "charge charges zuschlag frais gastos",
    "discount": "discount rabatt remise descuento skonto escompte dto allowance",
    "note": "note notes bemerkung bemerkungen comment comments remark remarks schein bon hinweis commentaire "
    "observaciones albaran albarán remarque nota",
    "gtin": "gtin ean upc barcode gtin13 ean13 ean12 gtin12 gtin14 eancode upccode strichcode",
    "sscc": "sscc nve sscc18",
    "carton": "carton cartons karton kartons box package paket packstück colis bulto caja pack case",
    "pallet": "pallet palette paletten palet",
    "lot": "lot batch los lote charge chargen",
    "serial": "serial serien serie série seriennr",
    "weight": "weight gewicht poids peso",
    "carrier": "carrier spediteur spedition frachtführer transporteur transportista scac forwarder",
    "tracking": "tracking sendung sendungs sendungsverfolgung suivi track trace seguimiento pro waybill",
    "confirm": "confirmed confirmation confirm bestätigt bestätigung bestaetigt confirmé confirmée confirmada "
    "confirmado zugesagt promised prometida ack acknowledged acknowledgment acknowledgement committed",
    "status": "status statut estado",
    "available": "available verfügbar verfuegbar disponible dispo atp free",
    "stock": "stock bestand bestands existencias inventory onhand hand lagerbestand inventario existencia inventaire",
    "on": "on",
    "warehouse": "warehouse wh lager lagerort almacen almacén entrepôt entrepot location site plant depot werk dc",
    "manufacturer": "manufacturer manufacturers hersteller mfr fabricant fabricante mfg maker",
    "expiry": "expiry expiration expires best before mhd haltbar verfall péremption caducidad exp",
    "request": "requested request required wunsch gewünscht souhaitée souhaitee solicitada deseada wanted need",
    "expected": "expected estimated voraussichtlich prévue prevue prevista estimada planned geplant arrival",
    "type": "type typ tipo art_der kind",
    "time": "time uhrzeit zeit heure hora clock",
    "contract": "contract vertrag vertrags rahmen contrat contrato agreement",
    "release": "release abruf",
    "department": "department abteilung dept",
    "bill": "bill billing",
    "lading": "lading bol",
    "remit": "remit",
    "sale": "sales sale vente ventes venta verkauf",
    "original": "original related zugehörige origen",
    "credit": "credit gutschrift avoir abono",
    "count": "count zahl",
    "notice": "notice avis aviso avise asn",
    "basis": "basis base per",
    "days": "days tage jours dias",
}
"""Concept → the words for it. A German word is also found in a compound: ``rechnungsdatum``."""

COMPOUNDS = {
    "sku": "item number",
    "matnr": "item number",
    "artikelnr": "item number",
    "mpn": "manufacturer item number",
    "eta": "expected deliver date",
    "etd": "ship date",
    "eur": "",
    "ep": "unit price",
    "vp": "unit price",
    "pu": "unit price",
    "puht": "unit price",
    "gp": "line amount",
    "ht": "net",
    "hors": "net",
    "plz": "postal number",
    "cp": "postal number",
    "lieferschein": "deliver note",
    "lieferscheine": "deliver note",
    "albaran": "deliver note",
    "desadv": "ship notice",
    "zahlungsziel": "due date",
    "stueck": "quantity",
    "mengeneinheit": "unit",
    "lagerort": "warehouse",
    "lagerbestand": "stock quantity",
    "qoh": "stock quantity",
    "quantite": "quantity",
    "lieferanten": "supplier",
    "versandkosten": "freight",
    "bestelldatum": "order date",
    "issue": "date",
    "pid": "item number",
    "belegnummer": "document number",
    "belegdatum": "document date",
    "stückpreis": "unit price",
    "unitprice": "unit price",
    "onhand": "stock quantity",
    "vbeln": "ship number",
    "lfimg": "ship quantity",
    "vrkme": "unit",
    "menee": "unit",
    "arktx": "description",
    "ktext": "description",
    "kdmat": "buyer item number",
    "bstnk": "order number",
    "bstkd": "order number",
    "vgbel": "order number",
    "ntanf": "date",
    "credat": "document date",
    "bldat": "document date",
    "wadat": "ship date",
    "posnr": "line number",
    "posex": "line number",
    "ean11": "gtin",
    "vprei": "unit price",
    "netwr": "line amount",
    "curcy": "currency",
    "belnr": "document number",
    "exidv": "sscc",
}
"""Words that say several things at once."""

_EMPTY = (
    "of the a an and or der die das des dem den für fur und du la le les el los las y et pour por para del en in mit "
    "as by with al au aux l d e per string header info data included specified applicable trade supply chain fix list "
    "variant fg"
)
PASSED_OVER = frozenset(_EMPTY.split())
"""Words that name nothing."""

LIGHT = {
    "number": 0.5,
    "date": 0.9,
    "name": 0.5,
    "to": 0.4,
    "on": 0.2,
    "line": 0.5,
    "basis": 0.7,
    "net": 0.4,
    "count": 0.7,
}
"""How much a concept counts that stands in many names; any other counts 1."""

UNKNOWN = 0.6
"""How much a word counts that is not known."""
