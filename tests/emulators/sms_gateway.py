"""An SMS gateway for tests, a process of its own: ``python -m tests.emulators.sms_gateway PORT SECRET``.

It checks signatures, takes a message's id only once, and does as the last digit of a phone says: 9 is refused for good, 8 is busy
the first time and 7 each time, everything else is taken. ``GET /messages`` gives what it took, ``POST /mood`` makes it fail as a whole.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

taken: dict[str, dict[str, Any]] = {}
busy: set[str] = set()
mood = {"status": 200, "calls": 0}
SECRET = ""


class Gateway(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._say(200, {"messages": list(taken.values()), "calls": mood["calls"]})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/mood":
            mood.update(json.loads(body))
            return self._say(200, {})
        mood["calls"] += 1
        if mood["status"] != 200:
            return self._say(mood["status"], {})
        at = self.headers.get("X-Signature", "").removeprefix("t=").partition(",")[0]
        wanted = hmac.new(SECRET.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        if self.headers.get("X-Signature") != f"t={at},v1={wanted}":
            return self._say(403, {})
        self._say(200, {"messages": [self._one(row) for row in json.loads(body)["messages"]]})

    def _one(self, row: dict[str, str]) -> dict[str, Any]:
        if row["phone"].endswith("9"):
            return {"id": row["id"], "error": "no such number"}
        if row["phone"].endswith("7") or row["phone"].endswith("8") and row["id"] not in busy:
            busy.add(row["id"])
            return {"id": row["id"], "error": "busy", "again": True}
        taken.setdefault(row["id"], row | {"provider_id": f"P{len(taken) + 1:06d}"})
        return {"id": row["id"], "provider_id": taken[row["id"]]["provider_id"]}

    def _say(self, status: int, body: dict[str, Any]) -> None:
        said = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


if __name__ == "__main__":
    SECRET = sys.argv[2]
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Gateway)
    print(server.server_address[1], flush=True)
    server.serve_forever()
