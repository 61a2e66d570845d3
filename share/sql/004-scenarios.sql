-- Version 4: what-ifs that were given a name. They say what somebody would have bought, given back,
-- rated or be, and belong to nobody: none of it is ever in events.

CREATE TABLE scenarios (
    name   TEXT PRIMARY KEY,
    body   TEXT NOT NULL,    -- JSON
    author TEXT NOT NULL,    -- of the last change, at `at`
    at     INTEGER NOT NULL
) WITHOUT ROWID;
