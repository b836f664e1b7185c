"""What the words in columns' names mean, in English, German, French, Spanish, Italian and
Dutch: data to be read and added to.

A name becomes a set of concepts: ``Bestell-Nr.``, ``PO number`` and ``no commande`` are all ``{order, number}``, so one
list of phrases in English says what a field is called in all of them (``meanings``).
"""

from __future__ import annotations

CONCEPTS = {
    "order": (
        "order orders po purchase bestell bestellung bestellungs auftrag auftrags commande commandes cde "
        "achat pedido pedidos orden compra oc besteld bestellt commandé ordine ordini ordinato ordinata "
        "bestel bestelling bestelde inkoop inkooporder orderd aufträge bestellte ordered acquisto einkauf "
        "einkaufs cmd"
    ),
    "number": (
        "number no nr num numb numero nummer nº n° id ident code kode codigo key kennung nbr nro belegnr # "
        "número codice cod identification identifier identificatie kennzeichen n nri ids volgnummer nummern "
        "bonnummer"
    ),
    "invoice": (
        "invoice inv rechnung rechnungs rechn faktura fakturen fact facture factura invoiced berechnet "
        "facturado facturée fattura fatture fatturato fatturata factuur facturen gefactureerd verrechnet "
        "facturada fakturiert"
    ),
    "document": "document doc beleg dokument documento bescheid ",
    "date": "date dat datum fecha dt dates tag jour dia issued data termin termine terme datums dtm stichtag",
    "quantity": (
        "quantity qty qté qte quantities menge mengen anzahl cantidad cant quantite pcs piece pieces stück "
        "stck stk unidades pièces qnt qta ctd quantità quantita aantal hoeveelheid stuks pezzi qtä cantidades "
        "qtes qtés mnge"
    ),
    "unit": (
        "eh unit units uom me einheit einheiten unidad unite um ud einzel unitario unitaire unite measure mass "
        "each unità unita eenheid eenheden misura medida mesure unitaria meinh mengeneinh uds"
    ),
    "price": "price prices preis preise prix precio pr pvp prezzo prezzi prijs prijzen tarif",
    "amount": (
        "amount amt betrag montant importe wert value valeur monto valor sum extended amounts importo bedrag "
        "bedragen ammontare waarde prijsregel importes montants"
    ),
    "total": (
        "total totals gesamt summe totale insgesamt grand ttc payable totaal gesamtsumme totaux totales complessivo"
    ),
    "net": "net netto neto netta netti imponibile",
    "gross": "gross brutto brut bruto lordo bruta lorda",
    "line": (
        "line lines position pos posn posten zeile zeilen ligne linea lin partida positions row riga righe "
        "regel regels posizione posición poste rij renglón renglon"
    ),
    "item": (
        "item items article articulo artikel artikels art teil teile part parts prod produkt product produit "
        "producto material mat ware waren variant piezas prd articolo articoli artikelen prodotto prodotti "
        "materiale merce goederen goods bien bienes pieza ítem ítems materials"
    ),
    "reference": (
        "referencia référence reference ref réf references referenz riferimento rif referentie kenmerk zeichen refs"
    ),
    "supplier": (
        "supplier vendor lieferant lieferanten fournisseur proveedor seller verkäufer vendeur our unser "
        "unsere notre nuestro nuestra sellers vendors suppliers ours fornitore fornitori leverancier "
        "leveranciers ns nostro nostra onze ons interne venditore verkoper nos"
    ),
    "buyer": (
        "buyer buyers customer customers kunde kunden client cliente acheteur comprador your ihre ihr votre "
        "su kd kdn besteller cust clienti klant klanten vs vostro vostra uw afnemer koper acquirente "
        "compratore vos"
    ),
    "ship": (
        "ship shipped shipping shipment shipments dispatch despatch versand versandt versendet expédié "
        "expedition expédition envio envío enviado sent desadv spedizione spedito spedita verzending "
        "verzonden verzend zending zendingen verschickt warenausgang expédiée expediee enviada enviadas "
        "spediti shipper expédier despatched"
    ),
    "deliver": (
        "deliver delivery delivered liefer lieferung livraison livré livrée livrer entrega entregado "
        "geliefert delivery anlieferung consegna consegnato consegnata levering lever geleverd aflevering aflever "
        "leverings entregada entregas livraisons ausgeliefert avisiert"
    ),
    "receive": (
        "warenempfänger empfänger consignee destinataire destinatario recipient destination dest destino "
        "destinatari ontvanger warenempf ricevente empfangs"
    ),
    "to": "to naar",
    "from": "from von de_la da dal desde vanaf",
    "address": (
        "address adresse anschrift direccion street strasse straße rue calle addr indirizzo adres straat "
        "domicilio adressen"
    ),
    "city": "city ort stadt ville ciudad town città citta plaats comune gemeinde localidad localité",
    "postal": "zip postal post postleit postleitzahl postcode poblacion cap codepostal",
    "state": "state region bundesland province provincia provincie",
    "country": "country land pays pais paese nazione landcode",
    "name": "name nom nombre nombres nominativo naam namen razon denominazione bezeichner",
    "description": (
        "description desc descr bezeichnung beschreibung libellé libelle désignation designation descripcion "
        "denominacion title text artikeltext titel produktname short long descrizione omschrijving "
        "beschrijving denominazione bezeichng artikelbez bez libelles intitulé designations naming"
    ),
    "currency": (
        "currency curr ccy cur währung waehrung waehr wkz devise monnaie moneda divisa valuta munt divisas muntsoort "
    ),
    "tax": (
        "tax vat mwst ust tva iva steuer impuesto taxe taxes umsatzsteuer mehrwertsteuer gst btw imposta mehrwert igic"
    ),
    "percent": (
        "percent percentage pct satz rate taux prozent porcentaje tipo % aliquota percentuale quota procent perc"
    ),
    "due": (
        "due fällig fälligkeit faellig zahlbar échéance echeance vencimiento zahlungsziel verval betaaldatum pagare"
    ),
    "payment": "payment pay zahlung zahlungs paiement pago pagamento betaling betaal paiements ",
    "terms": "terms bedingung bedingungen conditions condiciones condizioni voorwaarden termini conditie",
    "freight": (
        "freight fracht frachtkosten porto transport versandkosten port portes transporte trasporto vracht "
        "verzendkosten"
    ),
    "charge": "charge charges zuschlag frais gastos spese toeslag kosten cargo cargos supplemento",
    "discount": "discount rabatt remise descuento skonto escompte dto allowance sconto korting rabat descuentos",
    "note": (
        "note notes bemerkung bemerkungen comment comments remark remarks schein bon hinweis commentaire "
        "observaciones albaran albarán remarque nota opmerking opmerkingen pakbon annotazioni anmerkung "
        "anmerkungen remarques osservazioni notities bordereau"
    ),
    "gtin": (
        "gtin ean upc barcode gtin13 ean13 ean12 gtin12 gtin14 eancode upccode strichcode codbarre barcodes "
        "streepjescode"
    ),
    "sscc": "sscc nve sscc18 nvenr",
    "carton": (
        "carton cartons karton kartons box package paket packstück colis bulto caja pack case collo colli "
        "doos dozen scatola cartone cartoni packst bultos cajas packages parcel parcels palco"
    ),
    "pallet": "pallet palette paletten palet bancale palletnummer pallets palets tarima",
    "lot": "lot batch los lote charge chargen lotto lotti partij partijnummer chargennr lotes lots",
    "serial": "serial serien serie série seriennr matricola serienummer seriennummer seriale",
    "weight": "weight gewicht poids peso massa gewichten pesi",
    "carrier": (
        "carrier spediteur spedition frachtführer transporteur transportista scac forwarder vettore corriere "
        "vervoerder transporteurs spediteurs vervoer courier paketdienst"
    ),
    "tracking": (
        "tracking sendung sendungs sendungsverfolgung suivi track trace seguimiento pro waybill tracciamento "
        "trackingnr sendungsnr colisno volg"
    ),
    "confirm": (
        "promise promesso beloofd promis confirmed confirmation confirm bestätigt bestätigung bestaetigt "
        "confirmé confirmée confirmada confirmado zugesagt promised prometida ack acknowledged acknowledgment "
        "acknowledgement committed conferma confermato confermata confermati bevestigd bevestiging bevestigde "
        "bestät ratificado confirmación confirme rückmeldung rueckmeldung zusage"
    ),
    "status": "status statut estado stato estados stand toestand",
    "available": (
        "ats available verfügbar verfuegbar disponible dispo atp free disponibilità disponibili beschikbaar "
        "beschikbare vrij verfügbarkeit disponibles libre freier frei"
    ),
    "stock": (
        "stock bestand bestands existencias inventory onhand hand lagerbestand inventario existencia "
        "inventaire giacenza giacenze scorta scorte voorraad voorraden vorrat lagermenge stocks"
    ),
    "on": "on sul",
    "warehouse": (
        "locatie dépôt warehouse wh lager lagerort almacen almacén entrepôt entrepot location site plant depot werk dc "
        "magazzino magazijn deposito depósito ubicación ubicacion lagerplatz filiale sede"
    ),
    "manufacturer": (
        "manufacturer manufacturers hersteller mfr fabricant fabricante mfg maker produttore fabrikant "
        "herstellers costruttore"
    ),
    "expiry": (
        "expiry expiration expires best before mhd haltbar verfall péremption caducidad exp scadenza "
        "houdbaarheid houdbaar tht dluo ddm dlc mindesthaltbarkeit vencimiento expiración verfallsdatum "
        "vervaldatum expire"
    ),
    "request": (
        "requested request required wunsch gewünscht souhaitée souhaitee solicitada deseada wanted need "
        "richiesta richiesto gewenste gewenst gevraagd demandée demandee wunschtermin deseado solicitado "
        "requerida gefordert"
    ),
    "expected": (
        "expected estimated voraussichtlich prévue prevue prevista estimada planned geplant arrival verwacht "
        "verwachte erwartet erwartete attendue presunta previsto estimé stimata"
    ),
    "type": "type typ tipo art_der kind tipologia soort",
    "time": "time uhrzeit zeit heure hora clock ora tijd tijdstip",
    "contract": (
        "contract vertrag vertrags rahmen contrat contrato agreement contratto overeenkomst raamcontract accord"
    ),
    "release": "release abruf",
    "department": "department abteilung dept",
    "bill": "bill billing",
    "lading": "lading bol",
    "remit": "remit",
    "sale": "sales sale vente ventes venta verkauf vendita verkoop ventas verkaufs",
    "original": "original related zugehörige origen origineel originale",
    "credit": "credit gutschrift avoir abono accredito creditnota notadicredito",
    "count": "count zahl numerosità",
    "notice": "notification notice avis aviso avise asn avviso lieferavis avisierung ddt preavviso",
    "replace": "replacement replaced substitute substituted substitution ersatz ersatzartikel remplacement remplace "
    "sustituto sustitución sostitutivo sostituzione vervangend vervanging alternative",
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
    "so": "sale order",
    "packing": "deliver",
    "slip": "note",
    "bl": "deliver note",
    "ab": "order confirm",
    "avi": "ship notice",
    "termin": "deliver date",
    "liefertermin": "deliver date",
    "wunschtermin": "request deliver date",
    "mhd": "expiry date",
    "tht": "expiry date",
    "ddm": "expiry date",
    "lieferavis": "ship notice",
    "auftragsbestätigung": "order confirm",
    "orderbevestiging": "order confirm",
    "pakbon": "deliver note",
    "bolla": "deliver note",
    "ddt": "deliver note",
    "stuksprijs": "unit price",
    "stukprijs": "unit price",
    "stuks": "quantity",
    "colli": "carton count",
    "packstücke": "carton count",
    "stichtag": "stock date",
    "uds": "quantity",
    "asof": "document date",
    "inkooporder": "order",
    "backorder": "backorder",
    "exidv": "sscc",
}
"""Words that say several things at once."""

_EMPTY = (
    "of the a an and or der die das des dem den für fur und du la le les el los las y et pour por para del en in mit "
    "as by with al au aux l d e per string header info included specified applicable trade supply chain fix list "
    "variant fg di del della dei delle dello il lo gli nel con van het een voor met zum zur"
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
