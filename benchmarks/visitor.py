"""A visitor of the real app without a browser: speaks to the server as the page in the browser does, and times it."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg  # noqa: TID251
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg  # noqa: TID251
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.browser import conftest as browser


class Server(browser.Server):
    """The app as a person starts it, with an eye on what it holds.

    Parameters
    ----------
    home : Path
        Its ``CAVEAT_HOME``; made when absent.
    """

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        super().__init__(home, threads=None)
        self.start()

    @property
    def _facts(self) -> Path:
        assert self._process is not None
        return Path(f"/proc/{self._process.pid}")

    def memory(self) -> dict[str, float]:
        """Return what the server holds, in MB: "now" and the highest so far, and of now the part that is no file."""
        lines = (self._facts / "status").read_text().splitlines()
        found = {line.split(":")[0]: line.split()[1] for line in lines if line.startswith(("Vm", "Rss"))}
        names = {"now": "VmRSS", "highest": "VmHWM", "own": "RssAnon"}
        return {name: int(found[key]) / 1024 for name, key in names.items()}

    def settle(self, patience: float = 60.0) -> None:
        """Wait until it has nothing to do: libraries for the next click are imported while somebody reads."""
        deadline, before = time.monotonic() + patience, self._worked()
        while time.monotonic() < deadline:
            time.sleep(1)
            now = self._worked()
            if now - before < 0.05:
                return
            before = now

    def _worked(self) -> float:
        """Return the seconds of processor time that it has had."""
        cells = (self._facts / "stat").read_text().rsplit(")", 1)[1].split()
        return (int(cells[11]) + int(cells[12])) / os.sysconf("SC_CLK_TCK")

    def forget_highest(self) -> None:
        """Count the highest memory from here on."""
        (self._facts / "clear_refs").write_text("5")


@dataclass
class Visit:
    """What one look at a page came to.

    Attributes
    ----------
    answered : float
        Seconds until the page was drawn for the first time, perhaps with progress on it.
    complete : float
        Seconds until nothing on it waited for anything any more; NaN where that didn't come in time.
    megabytes : float
        What the last drawing of the page sent to the browser.
    title : str
        Its heading.
    wrong : tuple of str
        Tracebacks, which no page should have.
    slowest : float
        Seconds of the longest drawing on the way.
    """

    answered: float = float("nan")
    complete: float = float("nan")
    megabytes: float = 0.0
    title: str = ""
    wrong: tuple[str, ...] = ()
    slowest: float = 0.0


@dataclass
class _Page:
    """What a page in the browser knows."""

    name: str
    query: Mapping[str, str]
    script: str = ""
    waiting: dict[str, float] = field(default_factory=dict)
    every: dict[str, float] = field(default_factory=dict)
    size: int = 0
    whole: bool = True
    began: float = 0.0


def visit(server: Server, page: str, query: Mapping[str, str], *, patience: float = 600.0) -> Visit:
    """Open a page in a session of its own, and stay until it is complete."""
    found, now = Visit(), _Page(page, query)
    address = f"ws://127.0.0.1:{server.port}/_stcore/stream"
    with connect(address, subprotocols=["streamlit"], max_size=None, compression=None) as line:  # type: ignore[list-item]
        began = now.began = time.monotonic()
        _ask(line, now, None)
        while time.monotonic() - began < patience:
            try:
                message = ForwardMsg.FromString(_receive(line, now))
            except TimeoutError:
                _ask_again(line, now)
                continue
            except ConnectionClosed:
                return found
            if _take(message, found, now, began):
                return found
    return found


def _receive(line: ClientConnection, now: _Page) -> bytes:
    due = min(now.waiting.values(), default=time.monotonic() + 60)
    data = line.recv(timeout=max(0.0, due - time.monotonic()))
    assert isinstance(data, bytes)
    now.size += len(data)
    return data


def _ask(line: ClientConnection, now: _Page, fragment: str | None) -> None:
    asked = BackMsg()
    asked.rerun_script.query_string = urlencode(now.query)
    asked.rerun_script.page_name = now.name if fragment is None else ""
    asked.rerun_script.page_script_hash = now.script
    asked.rerun_script.context_info.timezone = "UTC"
    if fragment is not None:
        asked.rerun_script.fragment_id = fragment
        asked.rerun_script.is_auto_rerun = True
    line.send(asked.SerializeToString())


def _ask_again(line: ClientConnection, now: _Page) -> None:
    """Rerun the parts that are to be drawn again by now."""
    for part, due in list(now.waiting.items()):
        if due <= time.monotonic():
            now.waiting[part] = time.monotonic() + now.every[part]
            _ask(line, now, part)


def _take(message: ForwardMsg, found: Visit, now: _Page, began: float) -> bool:
    """Take a message; return whether the page is complete."""
    kind = message.WhichOneof("type")
    if kind == "new_session":
        now.began = time.monotonic()
        now.whole = not message.metadata.run.fragment_ids
        if now.whole:
            now.waiting.clear()
            now.size = 0
    elif kind == "navigation":
        now.script = message.navigation.page_script_hash
    elif kind == "auto_rerun":
        part = message.auto_rerun
        now.every[part.fragment_id] = part.interval
        now.waiting[part.fragment_id] = time.monotonic() + part.interval
    elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
        element = message.delta.new_element
        if element.WhichOneof("type") == "heading" and element.heading.tag == "h1":
            found.title = element.heading.body
        if element.WhichOneof("type") == "exception":
            found.wrong += (f"{element.exception.type}: {element.exception.message}",)
    elif kind == "script_finished" and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY and now.whole:
        return _drawn(found, now, began)
    return False


def _drawn(found: Visit, now: _Page, began: float) -> bool:
    at = time.monotonic()
    found.megabytes = now.size / 1e6
    found.slowest = max(found.slowest, at - now.began)
    if found.answered != found.answered:
        found.answered = at - began
    if now.waiting:
        return False
    found.complete = at - began
    return True
