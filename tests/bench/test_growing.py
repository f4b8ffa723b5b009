"""What docs/growing.md reckons with: the pieces can be measured, and the arithmetic adds up."""

from bench.growing import pieces, reckon, spread
from tests.harness.database_servers import migrated_database


def test_what_an_order_costs_is_measured_on_the_services_own_write_path() -> None:
    with migrated_database("postgresql") as database:
        line = pieces.measure(database, seconds=0.5, at_once=10)

    assert "orders, 10 at once" in line
    assert "B of WAL" in line


def test_twice_the_orders_need_twice_the_log() -> None:
    free = reckon.Pieces(wal_bytes=1_000, stored_bytes=0, commits=0, server_us=0, service_us=0)

    assert reckon.needs(1_000, free).split(" | ")[2] == "1.0"
    assert reckon.needs(2_000, free).split(" | ")[2] == "2.0"


def test_a_new_database_takes_its_share_and_no_other_order_moves() -> None:
    before = spread.divided(10)
    after = spread.with_one_more(before)

    moved = [new for old, new in zip(before, after, strict=True) if new != old]
    assert set(moved) == {10}
    assert len(moved) == spread.BUCKETS // 11


def test_ids_that_differ_in_a_number_fall_on_all_databases_alike() -> None:
    ids = [f"sim_b_{number}" for number in range(10_000)]

    assert spread.fullest(ids, spread.divided(4)) < 1.1
