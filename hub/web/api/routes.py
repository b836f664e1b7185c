"""All operations of version 1 on a few screens: who may ask what, with which parameters, and what is answered."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from hub.entry.credentials import Credential
from hub.errors import NotAllowed
from hub.principal import Scope
from hub.web.api import (
    acknowledgments,
    deliveries,
    description,
    documents,
    events,
    examples,
    oauth,
    outbox,
    replays,
    schemas,
    transmissions,
    webhooks,
)
from hub.web.api.credentials import CREDENTIAL, add_credentials, authenticate
from hub.web.api.operation import EVENT_STREAM, OPERATIONS, SYSTEMS, Body, Operation, Told, announce
from hub.web.api.parameters import WriteQuery, read_parameters, refuse_odd_names
from hub.web.api.problems import Handler, errors_as_problems
from hub.web.api.rates import add_rates, limit
from hub.web.api.records.acknowledgment import AcknowledgmentDetail, AcknowledgmentList
from hub.web.api.records.delivery import DeliveryState
from hub.web.api.records.document import DocumentList, DocumentRecord
from hub.web.api.records.event import EventPage
from hub.web.api.records.notification import NotificationList, NotificationRecord
from hub.web.api.records.outbox import ConfirmationResults, LeaseRecord, OutboxPage, ReleaseRecord
from hub.web.api.records.rehearsal import RehearsedTransmission
from hub.web.api.records.replay import ReplayRecord, ReplayRound
from hub.web.api.records.token import TokenRecord, TokenRefusal, TokenRequest
from hub.web.api.records.transmission import AcceptedRecord, TransmissionRecord

_ACCEPTED = Told(
    "It is on disk; `Location` tells what becomes of it.",
    AcceptedRecord,
    headers=("Location", "Duplicate-Transmission"),
)

_CONTENT = Told(
    "The bytes as they are.", media_type="*/*", headers=("Content-Disposition", "Idempotency-Key", "Repr-Digest")
)

_REHEARSED = Told("A dry run: the transmission as it would be. Nothing is stored.", RehearsedTransmission)

TABLE: tuple[Operation, ...] = (
    Operation(
        method="POST",
        path="/transmissions",
        name="submit_transmission",
        tag="Transmissions",
        summary="Send a file: X12, canonical JSON, or what the profile's mappings read",
        handler=transmissions.post_transmission,
        query=transmissions.SubmitQuery,
        body=Body(tuple(transmissions.FORMS)),
        scope=Scope.DOCUMENTS_WRITE,
        told={202: _ACCEPTED, 200: _REHEARSED},
    ),
    Operation(
        method="GET",
        path="/transmissions/{id}",
        name="get_transmission",
        tag="Transmissions",
        summary="What became of a transmission",
        handler=transmissions.get_transmission,
        scope=Scope.DOCUMENTS_READ,
        told={200: Told("Its state and all that belongs to it.", TransmissionRecord, headers=("ETag",))},
    ),
    Operation(
        method="GET",
        path="/transmissions/{id}/content",
        name="get_transmission_content",
        tag="Transmissions",
        summary="The bytes of what was sent, either way",
        handler=transmissions.get_content,
        scope=Scope.DOCUMENTS_READ,
        told={200: _CONTENT},
        problems=frozenset({410}),
    ),
    Operation(
        method="POST",
        path="/documents",
        name="submit_document",
        tag="Documents",
        summary="Send a canonical document",
        handler=documents.post_document,
        query=WriteQuery,
        body=Body(type=documents.Posted, examples=examples.DOCUMENTS),
        scope=Scope.DOCUMENTS_WRITE,
        told={202: _ACCEPTED, 200: _REHEARSED},
    ),
    Operation(
        method="GET",
        path="/documents",
        name="list_documents",
        tag="Documents",
        summary="Find documents",
        handler=documents.list_documents,
        query=documents.DocumentQuery,
        scope=Scope.DOCUMENTS_READ,
        told={200: Told("A page, newest first.", DocumentList)},
    ),
    Operation(
        method="GET",
        path="/documents/{id}",
        name="get_document",
        tag="Documents",
        summary="A document and all that belongs to it",
        handler=documents.get_document,
        scope=Scope.DOCUMENTS_READ,
        told={200: Told("The document.", DocumentRecord, headers=("ETag",))},
    ),
    Operation(
        method="GET",
        path="/acknowledgments",
        name="list_acknowledgments",
        tag="Acknowledgments",
        summary="Find acknowledgments",
        handler=acknowledgments.list_acknowledgments,
        query=acknowledgments.AcknowledgmentQuery,
        scope=Scope.DOCUMENTS_READ,
        told={200: Told("A page, newest first.", AcknowledgmentList)},
    ),
    Operation(
        method="GET",
        path="/acknowledgments/{id}",
        name="get_acknowledgment",
        tag="Acknowledgments",
        summary="An acknowledgment and what it is about",
        handler=acknowledgments.get_acknowledgment,
        scope=Scope.DOCUMENTS_READ,
        told={200: Told("The acknowledgment.", AcknowledgmentDetail, headers=("ETag",))},
    ),
    Operation(
        method="POST",
        path="/deliveries/{key}/confirm",
        name="confirm_delivery",
        tag="Deliveries",
        summary="Say whether a delivery was taken",
        handler=deliveries.confirm,
        query=WriteQuery,
        body=Body(type=deliveries.Confirmation, examples=examples.CONFIRMATIONS),
        callers=SYSTEMS,
        scope=Scope.DELIVERIES_WRITE,
        told={200: Told("How the delivery stands.", DeliveryState)},
    ),
    Operation(
        method="POST",
        path="/deliveries/{key}/resend",
        name="resend_delivery",
        tag="Deliveries",
        summary="Have the same bytes sent again",
        handler=deliveries.resend,
        query=WriteQuery,
        body=Body(type=deliveries.Wish, examples=examples.WISHES),
        callers=SYSTEMS,
        scope=Scope.DELIVERIES_WRITE,
        told={
            202: Told("It is due again.", DeliveryState),
            200: Told("A dry run: how it would stand.", DeliveryState),
        },
    ),
    Operation(
        method="POST",
        path="/deliveries/{key}/give-up",
        name="give_up_delivery",
        tag="Deliveries",
        summary="End a delivery that cannot be made",
        handler=deliveries.give_up,
        query=WriteQuery,
        body=Body(type=deliveries.Wish, examples=examples.WISHES),
        callers=SYSTEMS,
        scope=Scope.DELIVERIES_WRITE,
        told={200: Told("How the delivery stands.", DeliveryState)},
    ),
    Operation(
        method="GET",
        path="/outbox",
        name="list_outbox",
        tag="Outbox",
        summary="What lies ready to be fetched",
        handler=outbox.list_entries,
        query=outbox.OutboxQuery,
        scope=Scope.DOCUMENTS_READ,
        told={200: Told("A page, oldest first.", OutboxPage)},
    ),
    Operation(
        method="GET",
        path="/outbox/{id}/content",
        name="get_outbox_content",
        tag="Outbox",
        summary="The bytes of an entry",
        handler=outbox.get_content,
        scope=Scope.DOCUMENTS_READ,
        told={200: _CONTENT},
        problems=frozenset({410}),
    ),
    Operation(
        method="POST",
        path="/outbox/leases",
        name="lease_outbox",
        tag="Outbox",
        summary="Take entries that nobody else is given meanwhile",
        handler=outbox.lease,
        query=WriteQuery,
        body=Body(type=outbox.LeaseWish),
        scope=Scope.DELIVERIES_WRITE,
        told={
            201: Told("What is yours until the lease ends.", LeaseRecord),
            200: Told("A dry run: what would be.", LeaseRecord),
        },
    ),
    Operation(
        method="POST",
        path="/outbox/leases/{lease}/release",
        name="release_outbox",
        tag="Outbox",
        summary="Give back what is leased",
        handler=outbox.release,
        query=WriteQuery,
        scope=Scope.DELIVERIES_WRITE,
        told={200: Told("It is free for others.", ReleaseRecord)},
    ),
    Operation(
        method="POST",
        path="/outbox/confirmations",
        name="confirm_outbox",
        tag="Outbox",
        summary="Say that entries were taken",
        handler=outbox.confirm,
        query=WriteQuery,
        body=Body(type=outbox.Confirmations),
        scope=Scope.DELIVERIES_WRITE,
        told={200: Told("What each confirmation found.", ConfirmationResults)},
    ),
    Operation(
        method="GET",
        path="/events",
        name="list_events",
        tag="Events",
        summary="What happened, in order",
        handler=events.list_events,
        query=events.EventQuery,
        scope=Scope.DOCUMENTS_READ,
        told={200: Told("A page, oldest first.", EventPage, headers=("ETag",))},
        problems=frozenset({409}),
    ),
    Operation(
        method="GET",
        path="/events/stream",
        name="stream_events",
        tag="Events",
        summary="What happens, as it happens",
        handler=events.stream_events,
        query=events.StreamQuery,
        scope=Scope.DOCUMENTS_READ,
        told={200: Told("Server-sent events, without an end.", media_type=EVENT_STREAM)},
        problems=frozenset({409}),
    ),
    Operation(
        method="GET",
        path="/webhooks/notifications",
        name="list_notifications",
        tag="Webhooks",
        summary="What your webhooks were notified of",
        handler=webhooks.list_notifications,
        query=webhooks.NotificationQuery,
        scope=Scope.DOCUMENTS_READ,
        told={200: Told("A page, newest first.", NotificationList)},
    ),
    Operation(
        method="POST",
        path="/webhooks/notifications/{id}/redeliver",
        name="redeliver_notification",
        tag="Webhooks",
        summary="Have a notification sent again",
        handler=webhooks.redeliver,
        query=WriteQuery,
        body=Body(type=deliveries.Wish, examples=examples.WISHES),
        scope=Scope.DELIVERIES_WRITE,
        told={
            202: Told("It is due again.", NotificationRecord),
            200: Told("A dry run: how it would stand.", NotificationRecord),
        },
    ),
    Operation(
        method="POST",
        path="/replays",
        name="preview_replay",
        tag="Replays",
        summary="See what a replay would change",
        handler=replays.look,
        query=WriteQuery,
        body=Body(type=replays.Choice, examples=examples.CHOICES),
        callers=SYSTEMS,
        scope=Scope.REPLAYS_WRITE,
        told={
            201: Told("What would come of it. Nothing is changed.", ReplayRecord, headers=("Location",)),
            200: Told("The same, of a dry run.", ReplayRecord),
        },
    ),
    Operation(
        method="GET",
        path="/replays/{id}",
        name="get_replay",
        tag="Replays",
        summary="What was shown, and what has come of it",
        handler=replays.show,
        callers=SYSTEMS,
        scope=Scope.REPLAYS_WRITE,
        told={200: Told("The replay.", ReplayRecord)},
    ),
    Operation(
        method="POST",
        path="/replays/{id}/confirm",
        name="confirm_replay",
        tag="Replays",
        summary="Do what was shown",
        handler=replays.confirm,
        query=WriteQuery,
        body=Body(type=deliveries.Wish, examples=examples.WISHES),
        callers=SYSTEMS,
        scope=Scope.REPLAYS_WRITE,
        told={200: Told("What became of each document of this round.", ReplayRound)},
    ),
    Operation(
        method="POST",
        path="/oauth/token",
        name="draw_token",
        tag="Credentials",
        summary="A short-lived token for an access key",
        handler=oauth.post_token,
        query=None,
        body=Body((oauth.FORM,), TokenRequest),
        public=True,
        told={
            200: Told("The token.", TokenRecord),
            400: Told("The request is refused, by its name in RFC 6749.", TokenRefusal),
            401: Told("Client id and secret are those of no access key in use.", TokenRefusal),
            429: Told("Too many wrong secrets: come again later.", TokenRefusal, headers=("Retry-After",)),
        },
    ),
    Operation(
        method="GET",
        path="/schemas",
        name="list_schemas",
        tag="Description",
        summary="Types of canonical documents",
        handler=schemas.list_schemas,
        told={200: Told("All types.", schemas.SchemaList, headers=("ETag",))},
    ),
    Operation(
        method="GET",
        path="/schemas/{type}",
        name="get_schema",
        tag="Description",
        summary="JSON Schema of a document type",
        handler=schemas.get_schema,
        told={200: Told("The schema.", dict[str, Any], "application/schema+json", headers=("ETag",))},
    ),
    Operation(
        method="GET",
        path="/openapi.json",
        name="get_openapi",
        tag="Description",
        summary="This description",
        handler=description.get_openapi,
        public=True,
        told={200: Told("OpenAPI 3.1.", dict[str, Any], headers=("ETag",))},
    ),
    Operation(
        method="GET",
        path="/asyncapi.json",
        name="get_asyncapi",
        tag="Description",
        summary="Events, and messages that are taken",
        handler=description.get_asyncapi,
        public=True,
        told={200: Told("AsyncAPI 3.0.", dict[str, Any], headers=("ETag",))},
    ),
)


def make_api(table: tuple[Operation, ...] = TABLE) -> web.Application:
    """Mounted at ``/v1``. Services and limits come from the application it is mounted in."""
    api = web.Application(middlewares=[errors_as_problems, authenticate, limit])
    add_credentials(api)
    add_rates(api)
    api[OPERATIONS] = {(operation.method, operation.full_path): operation for operation in table}
    api.on_response_prepare.append(announce)
    for operation in table:
        add = api.router.add_get if operation.method == "GET" else api.router.add_post  # a GET is a HEAD too
        add(operation.path, _served(operation))
    return api


def _served(operation: Operation) -> Handler:
    """The handler behind all that its operation asks for."""

    async def serve(request: web.Request) -> web.StreamResponse:
        if not operation.public:
            _permit(operation, request[CREDENTIAL])
        refuse_odd_names(request)
        if operation.query is not None:
            read_parameters(request, operation.query)
        return await operation.handler(request)

    return serve


def _permit(operation: Operation, credential: Credential) -> None:
    """Raises NotAllowed, and HTTPForbidden for a credential that may do less than this (RFC 6750 section 3.1)."""
    if credential.principal.kind not in operation.callers:
        raise NotAllowed(f"This is for keys of a {' or '.join(sorted(operation.callers))} only.")
    if operation.scope is not None and operation.scope not in credential.scopes:
        challenge = f'Bearer realm="supplier-hub", error="insufficient_scope", scope="{operation.scope}"'
        text = f"This credential may not do that: it asks for {operation.scope}."
        raise web.HTTPForbidden(text=text, headers={"WWW-Authenticate": challenge})
