"""What can be asked of a node, and is carried out in its place where none runs."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from hub.control.client import BLOCK, FILE_LIMIT, Arguments, Readable
from hub.errors import OperationRefused
from hub.health.readiness import STORAGE_SECONDS
from hub.operator import administration, operations, replays, scheduled, targets
from hub.operator.selection import Selection
from hub.pipeline.basis import Basis
from hub.portal import accounts
from hub.principal import Scope
from hub.services import HubServices
from hub.store.kept.blobs import Incoming


def _outcomes(
    operate: Callable[..., list[operations.Outcome]],
) -> Callable[[HubServices, Arguments], Any]:
    def carry_out(services: HubServices, given: Arguments) -> Any:
        told = {"reason": given["reason"], "actor": given["actor"]}
        if "chosen_by" in given:
            told["chosen_by"] = given["chosen_by"]
        return [asdict(outcome) for outcome in operate(services, given["ids"], **told)]

    return carry_out


def _storage(services: HubServices, _given: Arguments) -> Any:
    """Why larger bytes are not taken or given, and since when; empty while they are."""
    trouble = services.store.blobs.look(STORAGE_SECONDS)
    return {} if trouble is None else {"says": trouble.says, "since": trouble.since.isoformat()}


def _preview_replay(services: HubServices, given: Arguments) -> Any:
    from hub.web.api.records.replay import ReplayRecord  # here: it loads the API, which few commands need

    selection, basis = Selection.model_validate(given["selection"]), Basis(given["profile"])
    shown = replays.preview(services, selection, basis, actor=given["actor"])
    return ReplayRecord.of(shown, replays.details(services, shown, 0, given["details"])).plain()


def _confirm_replay(services: HubServices, given: Arguments) -> Any:
    preview, seconds = given["preview"], given["seconds"]
    return asdict(replays.confirm(services, preview, reason=given["reason"], actor=given["actor"], seconds=seconds))


def _apply_partners(services: HubServices, given: Arguments) -> Any:
    applied = administration.apply_partners(
        services, given["files"], actor=given["actor"], expected_version=given["expected_version"]
    )
    return [asdict(one) for one in applied]


def _schedule_partners(services: HubServices, given: Arguments) -> Any:
    at = datetime.fromisoformat(given["at"])
    waits = scheduled.schedule(services, given["files"], at, actor=given["actor"], based_on=given["expected_version"])
    return [
        {"kind": "partner", "key": one.partner, "at": one.at.isoformat(), "based_on": one.based_on} for one in waits
    ]


def _withdraw_partner(services: HubServices, given: Arguments) -> Any:
    scheduled.withdraw(services, given["partner"], actor=given["actor"])
    return {"kind": administration.PARTNER, "key": given["partner"]}


def _apply_hub(services: HubServices, given: Arguments) -> Any:
    applied = administration.apply_hub(
        services, given["source"], given["text"], actor=given["actor"], expected_version=given["expected_version"]
    )
    return asdict(applied)


def _import_crosswalk(services: HubServices, given: Arguments) -> Any:
    content = base64.b64decode(given["content"], validate=True)
    revision = administration.import_crosswalk(
        services, given["partner"], content, given["source"], replace=given["replace"], actor=given["actor"]
    )
    return {"partner": given["partner"], "revision": revision}


def _create_key(services: HubServices, given: Arguments) -> Any:
    kind, subject, name = given["kind"], given["subject"], given["name"]
    scopes = [Scope(scope) for scope in given["scopes"]] or None
    expires_at = datetime.fromisoformat(given["expires_at"]) if given["expires_at"] else None
    key_id, plain = administration.create_key(
        services, kind, subject, name, actor=given["actor"], scopes=scopes, expires_at=expires_at
    )
    return {"id": key_id, "kind": kind, "subject": subject, "name": name, "key": plain}


def _revoke_key(services: HubServices, given: Arguments) -> Any:
    administration.revoke_key(services, given["id"], actor=given["actor"])
    return {"id": given["id"]}


def _invite_user(services: HubServices, given: Arguments) -> Any:
    made = accounts.invite(services, given["partner"], given["email"], manages=given["manages"], actor=given["actor"])
    return _link(services, made)


def _renew_password(services: HubServices, given: Arguments) -> Any:
    return _link(services, accounts.renew_password(services, given["partner"], given["id"], actor=given["actor"]))


def _link(services: HubServices, made: accounts.Link) -> Any:
    """Below the hub's address, as far as hub.yaml says how browsers reach it."""
    address = (services.settings.web.public_url or "").rstrip("/")
    told = {"id": made.invitation.id, "email": made.invitation.email, "link": f"{address}{made.path}"}
    return told | {"expires_at": made.invitation.expires_at.isoformat()}


def _remove_user(services: HubServices, given: Arguments) -> Any:
    accounts.remove(services, given["partner"], given["id"], actor=given["actor"])
    return {"id": given["id"]}


def _set_control_number(services: HubServices, given: Arguments) -> Any:
    return asdict(
        administration.set_control_number(
            services,
            given["partner"],
            given["kind"],
            given["next"],
            identity=given["identity"],
            reason=given["reason"],
            confirmed=given["confirmed"],
            actor=given["actor"],
        )
    )


OPERATIONS: dict[str, Callable[[HubServices, Arguments], Any]] = {
    "resend": _outcomes(operations.resend),
    "replay": _outcomes(operations.replay),
    "preview-replay": _preview_replay,
    "confirm-replay": _confirm_replay,
    "give-up": _outcomes(operations.give_up),
    "close": _outcomes(operations.close),
    "pause-target": _outcomes(targets.pause),
    "resume-target": _outcomes(targets.resume),
    "open-target": _outcomes(targets.open_breaker),
    "close-target": _outcomes(targets.close_breaker),
    "apply-partners": _apply_partners,
    "schedule-partners": _schedule_partners,
    "withdraw-partner": _withdraw_partner,
    "apply-hub": _apply_hub,
    "import-crosswalk": _import_crosswalk,
    "create-key": _create_key,
    "revoke-key": _revoke_key,
    "invite-user": _invite_user,
    "renew-password": _renew_password,
    "remove-user": _remove_user,
    "set-control-number": _set_control_number,
    "doors": lambda services, given: services.watch.listening,
    "storage": _storage,
}
"""Every command that writes but ``ingest``, and what only the node knows, by its name: JSON values in, JSON values
out."""


def ingest(services: HubServices, file: Readable, given: Arguments) -> Any:
    """Takes a file, which is read block by block. Blocking. Raises OperationRefused for one that is too large."""
    with services.store.incoming() as incoming:
        while block := file.read(BLOCK):
            count(incoming, block)
            incoming.write(block)
        return take(services, incoming, given)


def count(incoming: Incoming, block: bytes) -> None:
    """Raises OperationRefused where this block makes more than is taken by hand."""
    if incoming.size + len(block) > FILE_LIMIT:
        raise OperationRefused(f"More than the {FILE_LIMIT:,} bytes that are taken by hand.")


def take(services: HubServices, incoming: Incoming, given: Arguments) -> Any:
    """Takes in what has come."""
    kept = incoming.keep()
    name, actor, partner = given["file_name"], given["actor"], given.get("partner")
    return {"id": administration.ingest(services, name, kept, actor=actor, partner=partner).id}
