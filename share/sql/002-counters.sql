-- Version 2: what `stats` says is kept, not counted; the audit log says what was before and after;
-- a run says whether its body still holds people who were erased.

-- Events that can make a pair of a user and an item count less than one purchase: returns, and
-- ratings and weights that say nothing or nothing good. All others are counted from items.buyers.
CREATE INDEX events_odd ON events (user_id, item_id)
    WHERE type = 1 OR (type IN (2, 3) AND (value IS NULL OR value <= 0));

INSERT INTO meta
    SELECT 'type_0', count(*) FROM events WHERE type = 0 UNION ALL
    SELECT 'type_1', count(*) FROM events WHERE type = 1 UNION ALL
    SELECT 'type_2', count(*) FROM events WHERE type = 2 UNION ALL
    SELECT 'type_3', count(*) FROM events WHERE type = 3 UNION ALL
    SELECT 'type_4', count(*) FROM events WHERE type = 4 UNION ALL
    SELECT 'type_5', count(*) FROM events WHERE type = 5;

INSERT INTO meta VALUES ('content', 0); -- changes with users, items, attributes, friends, events

ALTER TABLE audit ADD COLUMN before TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN after TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN undone INTEGER NOT NULL DEFAULT 0; -- the entry that took it back

ALTER TABLE runs ADD COLUMN holds INTEGER NOT NULL DEFAULT 0; -- erased people it learned from
