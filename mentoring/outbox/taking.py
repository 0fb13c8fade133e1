"""Writes down that a letter has gone and takes the next one out, in one round trip and one commit.

Most of what a letter costs besides sending it is waiting for the database, so what happens to nearly every letter is
one string of statements, which PostgreSQL runs as one transaction. What is out of the ordinary (an address from which
letters come back, one that is late or has been tried too often) is left to the delivery loop.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection

from .models import Dispatch, Letter, Message

MARK = """
    SELECT set_config('app.organisation_id', %(gone_organisation)s, true);
    UPDATE outbox_message SET status = 'sent', sent_at = %(gone_at)s, outcome = ''
    WHERE organisation_id = %(gone_organisation)s AND id = %(gone)s;
    DELETE FROM outbox_dispatch WHERE id = %(gone_pointer)s;
"""
# The pointer that is due first and that no other sender holds is leased; what follows needs its organisation in scope.
CLAIM = """
    WITH claimed AS (
        UPDATE outbox_dispatch SET due_at = %(until)s
        WHERE id = (
            SELECT id FROM outbox_dispatch WHERE due_at <= %(now)s ORDER BY due_at FOR UPDATE SKIP LOCKED LIMIT 1
        )
        RETURNING id, organisation_id
    )
    SELECT set_config('app.organisation_id', coalesce((SELECT organisation_id::text FROM claimed), ''), true),
        set_config('outbox.claimed', coalesce((SELECT id::text FROM claimed), ''), true);
"""
# The attempt is counted before it is made. The letter is not waited for: who holds it to take it back may be waiting
# for its pointer, which is held here.
TAKE = """
    WITH taken AS (
        UPDATE outbox_message SET attempts = attempts + 1
        WHERE id = (
            SELECT letter.id FROM outbox_dispatch pointer
            JOIN outbox_message letter
                ON letter.organisation_id = pointer.organisation_id AND letter.id = pointer.message_id
            WHERE pointer.id = nullif(current_setting('outbox.claimed'), '')::bigint
                AND letter.status = 'pending' AND letter.attempts < %(most)s
                AND (letter.expires_at IS NULL OR letter.expires_at > %(now)s)
                AND NOT EXISTS (
                    SELECT FROM outbox_bouncedaddress mark
                    WHERE mark.organisation_id = letter.organisation_id AND mark.address = letter.recipient
                )
            FOR UPDATE OF letter SKIP LOCKED
        )
        RETURNING *
    )
    SELECT pointer.id, pointer.organisation_id, pointer.message_id, pointer.due_at, {columns}
    FROM outbox_dispatch pointer LEFT JOIN taken ON true
    WHERE pointer.id = nullif(current_setting('outbox.claimed'), '')::bigint
"""
POINTER = ["id", "organisation_id", "message_id", "due_at"]
FIELDS = [field.attname for field in Message._meta.concrete_fields]
JSON = [FIELDS.index("headers"), FIELDS.index("attachments")]
TAKE = TAKE.format(columns=", ".join(f"taken.{name}" for name in FIELDS))


class Gone(NamedTuple):
    """A letter that was sent, and when."""

    pointer: Dispatch
    letter: Letter
    at: datetime


def can_go_along(gone: Gone) -> bool:
    """Whether all there is to write down of it is that it has gone."""
    return isinstance(gone.letter, Message) and not (gone.letter.secret or gone.letter.came_back)


def take_next(
    *, now: datetime, lease: timedelta, most_attempts: int, gone: Gone | None = None
) -> tuple[Dispatch, Message | None] | None:
    """The next pointer, leased, with its letter if that can go as any other; None when nothing is due.

    `gone` is what was sent before; that is written down even when nothing is due.
    """
    asked: dict[str, Any] = {"now": now, "until": now + lease, "most": most_attempts}
    statements = CLAIM + TAKE
    if gone is not None:
        asked |= {
            "gone_organisation": str(gone.pointer.organisation_id), "gone": gone.letter.pk,
            "gone_pointer": gone.pointer.pk, "gone_at": gone.at,
        }  # fmt: skip
        statements = MARK + statements
    try:
        with connection.cursor() as cursor:
            cursor.execute(statements, asked)
            row = cursor.fetchone()
    finally:
        if connection.in_atomic_block:
            # Only where somebody else's transaction goes on: it keeps what was set.
            connection.set_organisation()  # type: ignore[attr-defined]  # of our own backend
    if row is None:
        return None
    dispatch = Dispatch.from_db(None, POINTER, row[: len(POINTER)])
    values = list(row[len(POINTER) :])
    if values[0] is None:
        return dispatch, None
    for at in JSON:
        values[at] = json.loads(values[at])
    return dispatch, Message.from_db(None, FIELDS, values)
