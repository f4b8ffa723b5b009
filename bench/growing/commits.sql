-- The least that a durable commit costs: a short record. See README.md.
INSERT INTO commits VALUES (1);
