-- One transaction's counting, in one of :slots rows. See README.md.
\set slot random(0, :slots - 1)
UPDATE order_counters SET pending = pending - 1, processing = processing + 1 WHERE slot = :slot;
