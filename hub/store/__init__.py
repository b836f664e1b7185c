"""All that is kept: rows in one database, larger bytes beside it. The only home of SQLAlchemy and Alembic.

``store.py`` opens it and gives out transactions, which every function here takes; what that needs lies beside it
(``migration.py`` with the schema's history in ``migrations``, ``moved_away.py``, ``told.py``), as do ``errors.py``,
``ids.py``, and ``grouped.py``, by which many callers share one commit. The rooms, each of which imports only those
above it (the first three are what the Store itself stands on):

    engine          the database: where SQLite and PostgreSQL differ, rows in and out, what a failure means
    schema          the tables, and their rows as frozen values
    kept            bytes that are files: blobs in a folder or a bucket, uploads on their way in
    trail           what is told: events, their sealed chain, refusals, work items
    traffic         what is on its way: transmissions, interchanges, documents, deliveries, acknowledgments
    configuration   what holds from document to document: configuration, crosswalks, control numbers
    coordination    what nodes agree on: who lives, what is due, what time it is
    inbound         what comes in: arrivals, and what tells that one came before
    outbound        what leaves: departures, the outbox, notifications, how targets stand
    people          who may come in: keys, operators, people of partners
    questions       what pages, API and verification ask across tables
    maintenance     what keeps the database: pruning, copies, a trial write
"""
