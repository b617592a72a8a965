"""A hub of Hugging Face small enough for a test: the routes that `huggingface_hub` calls, on a loopback port."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

COMMIT = "a" * 40


@dataclass
class Hub:
    """What the hub serves, and what it was asked for.

    Attributes
    ----------
    repositories : dict of str to Path
        "owner/name" → folder.
    gated : set of str
        Repositories that it gives to nobody.
    sizes : dict of str to int
        File name → a size to claim instead of the true one.
    requests : list of str
        "GET /path" in order.
    """

    repositories: dict[str, Path]
    gated: set[str] = field(default_factory=set)
    sizes: dict[str, int] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    endpoint: str = ""


@contextmanager
def serve(repositories: dict[str, Path]) -> Iterator[Hub]:
    """Serve folders as model repositories until the block ends."""
    hub = Hub(repositories)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_HEAD(self) -> None:
            self.answer()

        def do_GET(self) -> None:
            self.answer()

        def answer(self) -> None:
            path = unquote(urlsplit(self.path).path)
            hub.requests.append(f"{self.command} {path}")
            api = path.startswith("/api/models/")
            parts = path.removeprefix("/api/models").strip("/").split("/")
            repository, rest = "/".join(parts[:2]), parts[2:]
            folder = hub.repositories.get(repository)
            if folder is None:
                return self.refuse(404, "RepoNotFound")
            if repository in hub.gated and not (api and rest[:1] == ["revision"]):
                return self.refuse(403, "GatedRepo")
            if len(rest) > 1 and rest[1] not in ("main", "v1", COMMIT):
                return self.refuse(404, "RevisionNotFound")
            if api:
                return self.send_json(self.listing(folder, rest, repository))
            return self.send_file(folder / "/".join(rest[2:]))

        def listing(self, folder: Path, rest: list[str], repository: str) -> Any:
            files = sorted(p for p in folder.rglob("*") if p.is_file())
            names = [p.relative_to(folder).as_posix() for p in files]
            if rest[:1] == ["tree"]:
                return [
                    {"type": "file", "path": n, "size": hub.sizes.get(n, p.stat().st_size), "oid": digest(p)[:40]}
                    for n, p in zip(names, files, strict=True)
                ]
            siblings = [{"rfilename": name} for name in names]
            return {"id": repository, "modelId": repository, "sha": COMMIT, "siblings": siblings, "tags": []}

        def send_json(self, value: Any) -> None:
            self.send(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

        def send_file(self, path: Path) -> None:
            if not path.is_file():
                return self.refuse(404, "EntryNotFound")
            headers = {"ETag": f'"{digest(path)[:40]}"', "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}
            if path.name in hub.sizes:
                headers["X-Linked-Size"] = str(hub.sizes[path.name])
            return self.send(200, path.read_bytes(), headers)

        def refuse(self, status: int, code: str) -> None:
            self.send(status, b"{}", {"X-Error-Code": code, "X-Error-Message": code})

        def send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
