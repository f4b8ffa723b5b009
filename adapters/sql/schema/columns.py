"""The columns of each table, in the order of the fields of its row."""

from dataclasses import fields

from adapters.sql.schema.batch_rows import BatchRow
from adapters.sql.schema.flow_row import FlowRow
from adapters.sql.schema.rows import AnswerRow, EventRow, OrderRow
from adapters.sql.schema.tables import (
    kept_answers,
    order_batches,
    order_counters,
    order_events,
    order_flow,
    order_user_flow,
    orders,
)
from domain.totals import Totals

ORDER_COLUMNS = [orders.c[name] for name in OrderRow._fields]
EVENT_COLUMNS = [order_events.c[name] for name in EventRow._fields]
BATCH_COLUMNS = [order_batches.c[name] for name in BatchRow._fields]
ANSWER_COLUMNS = [kept_answers.c[name] for name in AnswerRow._fields]
FLOW_COLUMNS = [order_flow.c[name] for name in FlowRow._fields]
USER_FLOW_COLUMNS = [order_user_flow.c.user_id, order_user_flow.c.used_until]
COUNTERS = [order_counters.c[total.name] for total in fields(Totals)]
