"""The demonstration's article on its own port, like a real site."""

import threading
from datetime import date
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

POST = "market-hall"


class _Pages(SimpleHTTPRequestHandler):
    """Serves the article's files, with the service's address and the publication date filled in."""

    def __init__(self, *args: Any, service: str, published: date, **kwargs: Any) -> None:
        self._filled = {
            "service": service,
            "date": published.isoformat(),
            "day": f"{published.day} {published:%B}",
            "edition": f"{published:%A}",
        }
        super().__init__(*args, directory=str(Path(__file__).parent / "site"), **kwargs)

    def do_GET(self) -> None:
        if self.path == "/":
            self.send_response(302)
            self.send_header("Location", f"/{POST}.html")
            self.end_headers()
            return
        if self.path.partition("?")[0] != f"/{POST}.html":
            super().do_GET()
            return
        page = Path(self.directory, f"{POST}.html").read_text(encoding="utf-8")
        for name, value in self._filled.items():
            page = page.replace("{{" + name + "}}", value)
        body = page.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing, so that only the service's log is shown."""


def serve_article(host: str, port: int, service: str, published: date) -> None:
    """Serve the article on a thread until the process ends."""
    pages = partial(_Pages, service=service, published=published)
    server = ThreadingHTTPServer((host, port), pages)
    threading.Thread(target=server.serve_forever, name="article", daemon=True).start()
