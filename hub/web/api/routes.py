"""All routes of version 1 on one screen."""

from __future__ import annotations

from aiohttp import web

from hub.web.api import deliveries, documents, oauth, replays, schemas, transmissions
from hub.web.api.credentials import PUBLIC, add_credentials, authenticate
from hub.web.api.problems import errors_as_problems
from hub.web.api.rates import add_rates, limit


def make_api() -> web.Application:
    """Mounted at ``/v1``. Services and limits come from the application it is mounted in."""
    api = web.Application(middlewares=[errors_as_problems, authenticate, limit])
    add_credentials(api)
    add_rates(api)
    api.add_routes(
        [
            web.post("/transmissions", transmissions.post_transmission),
            web.get("/transmissions/{id}", transmissions.get_transmission),
            web.get("/transmissions/{id}/content", transmissions.get_content),
            web.post("/documents", documents.post_document),
            web.get("/documents", documents.list_documents),
            web.get("/documents/{id}", documents.get_document),
            web.post("/deliveries/{key}/confirm", deliveries.confirm),
            web.post("/deliveries/{key}/resend", deliveries.resend),
            web.post("/replays", replays.look),
            web.get("/replays/{id}", replays.show),
            web.post("/replays/{id}/confirm", replays.confirm),
            web.post("/oauth/token", oauth.post_token, name=PUBLIC),
            web.get("/schemas", schemas.list_schemas),
            web.get("/schemas/{type}", schemas.get_schema),
        ]
    )
    return api
