-- Version 3: where a training stands, one for each kind of model, so that one that was stopped or
-- killed goes on.

CREATE TABLE checkpoints (
    id       INTEGER PRIMARY KEY,
    kind     TEXT NOT NULL UNIQUE,
    identity TEXT NOT NULL -- data, parameters and seed: only the same training may go on from it
);

CREATE TABLE checkpoint_chunks (
    checkpoint_id INTEGER NOT NULL,
    part          INTEGER NOT NULL,
    bytes         BLOB NOT NULL,
    UNIQUE (checkpoint_id, part)
);
