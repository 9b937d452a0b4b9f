"""The tables of a ledger's file, as the steps from each version of it to the next."""

BILLED = "('intent', 'made', 'unknown', 'failed')"
"""The outcomes, in SQL, of requests that were billed or may be."""

DOUBTFUL = "('intent', 'unknown', 'failed')"
"""Those of them that have brought no picture, or none yet."""

MIGRATIONS = (
    (
        """
        CREATE TABLE requests (
            id INTEGER PRIMARY KEY,
            run TEXT NOT NULL,
            started TEXT NOT NULL,
            service TEXT NOT NULL,
            fingerprint TEXT NOT NULL,
            model TEXT,
            prompt TEXT,
            requested TEXT NOT NULL,
            folder TEXT,
            path TEXT,
            sha256 TEXT,
            outcome TEXT NOT NULL DEFAULT 'intent',
            error TEXT,
            cost REAL,
            request_id TEXT,
            duration REAL
        )
        """,
        "CREATE INDEX requests_by_outcome ON requests (outcome, started)",
        "CREATE INDEX requests_by_start ON requests (started)",
        "CREATE INDEX requests_by_fingerprint ON requests (fingerprint)",
    ),
    (
        # A reply may bring several pictures, and a picture may be moved from its first place.
        """
        CREATE TABLE pictures (
            request INTEGER NOT NULL,
            number INTEGER NOT NULL,
            path TEXT,
            sha256 TEXT NOT NULL,
            PRIMARY KEY (request, number)
        ) WITHOUT ROWID
        """,
        "CREATE INDEX pictures_by_checksum ON pictures (sha256)",
        """
        INSERT INTO pictures
        SELECT id, 0, path, sha256 FROM requests WHERE sha256 IS NOT NULL
        """,
        "ALTER TABLE requests DROP COLUMN sha256",
        """
        CREATE TRIGGER forget_pictures AFTER DELETE ON requests
        BEGIN DELETE FROM pictures WHERE request = OLD.id; END
        """,
        # The jobs file and the row in it that a request is of.
        "ALTER TABLE requests ADD COLUMN batch TEXT",
        "ALTER TABLE requests ADD COLUMN line TEXT",
        "CREATE INDEX requests_by_batch ON requests (batch, line) WHERE batch IS NOT NULL",
        # What each day has cost, so that a budget is looked up and not added up. It outlives
        # the requests: a history that is cleared gives no money back.
        "CREATE TABLE days (day TEXT PRIMARY KEY, cost REAL NOT NULL) WITHOUT ROWID",
        f"""
        INSERT INTO days
        SELECT date(started, 'localtime') AS day, sum(cost) FROM requests
        WHERE cost > 0 AND outcome IN {BILLED} GROUP BY day
        """,
        f"""
        CREATE TRIGGER spend_more AFTER INSERT ON requests
        WHEN NEW.cost > 0 AND NEW.outcome IN {BILLED}
        BEGIN
            INSERT INTO days VALUES (date(NEW.started, 'localtime'), NEW.cost)
            ON CONFLICT DO UPDATE SET cost = cost + excluded.cost;
        END
        """,
        f"""
        CREATE TRIGGER spend_otherwise AFTER UPDATE OF outcome ON requests
        WHEN NEW.cost > 0 AND (OLD.outcome IN {BILLED}) <> (NEW.outcome IN {BILLED})
        BEGIN
            UPDATE days SET cost = cost + iif(NEW.outcome IN {BILLED}, NEW.cost, -NEW.cost)
            WHERE day = date(NEW.started, 'localtime');
        END
        """,
    ),
)
"""The steps from each version of the file, which `user_version` tells, to the next."""
