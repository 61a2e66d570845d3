-- The workspace, version 1. Rows of users, items and events are only ever appended: the row number
-- of the n-th user, item or event is n as long as nothing was erased.

CREATE TABLE meta (            -- counters and settings, one row each
    name  TEXT PRIMARY KEY,
    value
) WITHOUT ROWID;

CREATE TABLE users (
    row     INTEGER PRIMARY KEY,
    id      TEXT NOT NULL UNIQUE, -- as in the source, byte for byte
    name    TEXT NOT NULL DEFAULT '',
    events  INTEGER NOT NULL DEFAULT 0, -- of any type
    orders  INTEGER NOT NULL DEFAULT 0, -- purchases, ratings and weights
    spend   REAL NOT NULL DEFAULT 0,    -- quantity times price, less returns
    first   INTEGER,                    -- times of the first and last event
    last    INTEGER,
    friends INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE items (
    row     INTEGER PRIMARY KEY,
    id      TEXT NOT NULL UNIQUE,
    title   TEXT NOT NULL DEFAULT '',
    events  INTEGER NOT NULL DEFAULT 0,
    buyers  INTEGER NOT NULL DEFAULT 0, -- distinct users with a purchase, rating or weight
    orders  INTEGER NOT NULL DEFAULT 0,
    revenue REAL NOT NULL DEFAULT 0,
    first   INTEGER,
    last    INTEGER,
    months  BLOB -- orders of twelve months, so that no screen counts them: src/store/months.h
);

CREATE TABLE attribute_names (
    id      INTEGER PRIMARY KEY,
    subject INTEGER NOT NULL, -- 0 users, 1 items
    name    TEXT NOT NULL,
    uses    INTEGER NOT NULL DEFAULT 0, -- users or items that have it
    UNIQUE (subject, name)
);

-- By name first: a filter reads one attribute of everybody in one sweep, a screen asks for few.
CREATE TABLE user_attributes (
    name_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    value   TEXT NOT NULL,
    PRIMARY KEY (name_id, user_id)
) WITHOUT ROWID;

CREATE TABLE item_attributes (
    name_id INTEGER NOT NULL,
    item_id INTEGER NOT NULL,
    value   TEXT NOT NULL,
    PRIMARY KEY (name_id, item_id)
) WITHOUT ROWID;

CREATE TABLE events (
    id        INTEGER PRIMARY KEY, -- order of arrival
    user_id   INTEGER NOT NULL,
    item_id   INTEGER NOT NULL,
    time      INTEGER,             -- seconds since 1970 UTC; NULL: the source has no times
    type      INTEGER NOT NULL,    -- enum event_type
    quantity  REAL,                -- NULL: 1
    value     REAL,                -- rating, weight or unit price; NULL: absent
    line      INTEGER,             -- in the source
    import_id INTEGER
);

-- A history, buyers and who bought what when are read from these alone. A bulk load drops them and
-- makes them anew: src/store/settle.c has the same two lines.
CREATE INDEX events_by_user ON events (user_id, time, item_id, type);
CREATE INDEX events_by_item ON events (item_id, time, user_id, type);

CREATE TABLE friendships (     -- undirected: each pair stands here twice
    user_id   INTEGER NOT NULL,
    friend_id INTEGER NOT NULL,
    PRIMARY KEY (user_id, friend_id)
) WITHOUT ROWID;

CREATE TABLE imports (
    id       INTEGER PRIMARY KEY,
    source   TEXT NOT NULL,
    format   TEXT NOT NULL,
    checksum INTEGER NOT NULL,
    bytes    INTEGER NOT NULL,
    read     INTEGER NOT NULL DEFAULT 0,
    accepted INTEGER NOT NULL DEFAULT 0,
    rejected INTEGER NOT NULL DEFAULT 0,
    at       INTEGER NOT NULL
);
CREATE INDEX imports_by_checksum ON imports (checksum);

CREATE TABLE runs (
    id          INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice: people quote them
    kind        TEXT NOT NULL,
    parameters  TEXT NOT NULL,
    seed        INTEGER NOT NULL,
    started     INTEGER NOT NULL,
    seconds     REAL NOT NULL,
    peak_bytes  INTEGER NOT NULL,
    events_seen INTEGER NOT NULL,
    n_users     INTEGER NOT NULL,
    n_items     INTEGER NOT NULL,
    fingerprint INTEGER NOT NULL,
    bytes       INTEGER NOT NULL DEFAULT 0,
    active      INTEGER NOT NULL DEFAULT 0,
    replaced    INTEGER NOT NULL DEFAULT 0,
    metrics     TEXT NOT NULL DEFAULT '{}'
);

CREATE TABLE run_chunks (
    run_id INTEGER NOT NULL,
    part   INTEGER NOT NULL,
    bytes  BLOB NOT NULL,
    UNIQUE (run_id, part)
);

CREATE TABLE rules (
    id       INTEGER PRIMARY KEY,
    body     TEXT NOT NULL,    -- JSON
    state    TEXT NOT NULL,
    author   TEXT NOT NULL,
    at       INTEGER NOT NULL
);

CREATE TABLE audit (
    id      INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    who     TEXT NOT NULL,
    action  TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail  TEXT NOT NULL
);

-- Ids, names and titles, folded (lower case, no diacritics), by substrings of three characters.
-- The rows' text is not kept twice.
CREATE VIRTUAL TABLE users_search USING fts5 (words, content = '', tokenize = 'trigram case_sensitive 1');
CREATE VIRTUAL TABLE items_search USING fts5 (words, content = '', tokenize = 'trigram case_sensitive 1');

INSERT INTO meta VALUES
    ('events', 0), ('friendships', 0), ('users', 0), ('items', 0), ('last_event', 0),
    ('first_time', NULL), ('last_time', NULL), ('users_without_events', 0),
    ('items_without_events', 0), ('profile', 'shop'), ('version', 0);
