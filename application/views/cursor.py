"""A cursor: the place in a listing where a client goes on, as a text that only we can write."""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime

from application.ports import OrderFilter, Place

MAC_BYTES = 16


class WrongCursor(Exception):
    """The text is no cursor of this listing."""

    problem = (
        "is not the next_cursor of a list with these filters and this order; repeat it as it was"
        " answered, with the same filters, or leave it out to begin anew"
    )

    def __init__(self) -> None:
        super().__init__(f"cursor: {self.problem}")


class Cursors:
    """Writes and reads the cursors of one listing: those of others are refused."""

    def __init__(self, key: bytes, wanted: OrderFilter, *, newest_first: bool) -> None:
        self._key = key
        self._listing = json.dumps([*wanted, newest_first], default=datetime.isoformat)

    def write(self, place: Place) -> str:
        """The cursor for that place."""
        content = f"{place.created_at.isoformat()} {place.order_id}".encode()
        mac = hmac.digest(self._key, self._listing.encode() + b"\n" + content, "sha256")
        return urlsafe_b64encode(mac[:MAC_BYTES] + content).decode().rstrip("=")

    def read(self, cursor: str) -> Place:
        """The place that the cursor was written for; raises WrongCursor."""
        try:
            padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
            content = urlsafe_b64decode(padded)[MAC_BYTES:].decode("ascii")
            created_at, _, order_id = content.partition(" ")
            place = Place(datetime.fromisoformat(created_at), order_id)
        except ValueError as error:  # of its characters, its padding or its time
            raise WrongCursor from error
        # Of several texts that decode to one content, just one is what was written.
        if not hmac.compare_digest(self.write(place), cursor):
            raise WrongCursor
        return place
