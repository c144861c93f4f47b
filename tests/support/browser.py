"""Debian's headless Chromium, driven over the DevTools protocol: what a person would see and do."""

import base64
import json
import shutil
import tempfile
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from websockets.sync.client import ClientConnection, connect

from tests.support import processes

FLAGS = [
    "--headless",
    "--no-sandbox",  # it refuses to run as root with one
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
    "--hide-scrollbars",
    # Tests are of pages on this machine: a picture from elsewhere must fail, here as anywhere.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
    "--remote-debugging-port=0",
]
SECONDS = 20
"""How long anything may take."""

LEADS_ELSEWHERE = """
    const link = element.closest('a[href]');
    const button = element.closest('button, input[type=submit], input[type=image]');
    return link ? !/^(#|mailto:|tel:)/.test(link.getAttribute('href'))
                : !!(button && button.form && !['button', 'reset'].includes(button.type));
"""
MIDDLE = """
    element.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'});
    const box = element.getBoundingClientRect();
    return [box.x + box.width / 2, box.y + box.height / 2];
"""
TICKED = """
    const label = element.closest('label');
    const box = label ? label.control : element;
    return box && box.type === 'checkbox' ? box.checked : null;
"""


class Browser:
    """One tab of a browser that knows nothing and remembers nothing."""

    def __init__(self, *, scripts: bool = True, forced_dark: bool = False) -> None:
        self._program = processes.find_program("chromium")
        self._scripts = scripts
        # pages that do not know of dark colours are turned dark, as some mail programs do
        self._more_flags = ["--blink-settings=forceDarkModeEnabled=true"] if forced_dark else []
        self._images = True
        self._socket: ClientConnection | None = None
        self._calls = 0
        self._loaded = 0
        self._arrived = False
        self.requests: list[str] = []
        """The addresses that pages have asked for, pictures and style sheets included."""

    def __enter__(self) -> Self:
        folder = Path(tempfile.mkdtemp(prefix="pinlabs-chromium-", dir="/tmp"))
        with ExitStack() as stack:
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            words = [
                str(self._program),
                *FLAGS,
                *self._more_flags,
                f"--user-data-dir={folder}",
                "about:blank",
            ]
            stack.callback(processes.stop, processes.start(words, folder=folder))
            address = processes.wait_until(
                "Chromium answers", lambda: _tab(folder), log=folder / "log"
            )
            self._socket = stack.enter_context(connect(address, max_size=None, proxy=None))
            self._call("Page.enable")
            self._call("Network.enable")
            self._prefer("light")
            self._call("Emulation.setFocusEmulationEnabled", enabled=True)
            self._call("Emulation.setScriptExecutionDisabled", value=not self._scripts)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def open(self, url: str) -> None:
        """Go to a page and wait until it and its pictures have loaded."""

        def go() -> None:
            failure = self._call("Page.navigate", url=url).get("errorText")
            if failure:
                raise ConnectionError(f"{url}: {failure}")

        self._and_wait_for_load(go)

    @property
    def url(self) -> str:
        """Where we are."""
        return str(self.evaluate("location.href"))

    def evaluate(self, script: str) -> Any:
        """Return the value of an expression of JavaScript, even where pages may run none.

        If it is a promise, what it promises.
        """
        done = self._call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in done:
            raise RuntimeError(f"{script}: {done['exceptionDetails']}")
        return done["result"].get("value")

    def text(self, selector: str = "body") -> str:
        """Return the text of the first such element, as it is seen: "" if it is hidden."""
        seen = "return element.checkVisibility() ? element.innerText : '';"
        return str(self._with(selector, seen))

    def click(self, selector: str) -> None:
        """Click on an element; if that leads to another page, wait until it has loaded."""
        leads_elsewhere = self._with(selector, LEADS_ELSEWHERE)
        x, y = self._with(selector, MIDDLE)

        def press() -> None:
            for kind in ("mousePressed", "mouseReleased"):
                self._call(
                    "Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1
                )

        if leads_elsewhere:
            self._and_wait_for_load(press)
            return
        ticked = self._with(selector, TICKED)
        press()
        if ticked is None:
            return
        end = time.monotonic() + SECONDS
        while self._with(selector, TICKED) is ticked and time.monotonic() < end:
            time.sleep(0.5)  # a page that is still being drawn lets a click pass by
            if self._with(selector, TICKED) is ticked:
                press()

    def fill(self, selector: str, text: str) -> None:
        """Type into a field, in place of what stands there."""
        self._with(selector, "element.focus(); element.select();")
        self._call("Input.insertText", text=text)

    def press_tab(self) -> None:
        """Go on to what the keyboard reaches next."""
        for kind in ("rawKeyDown", "keyUp"):
            self._call(
                "Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9
            )

    def look(
        self, width: int, *, height: int = 900, dark: bool = False, images: bool = True
    ) -> None:
        """See the page on a screen of that size from now on, in that colour scheme."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self._call("Emulation.setDeviceMetricsOverride", **metrics)
        self._prefer("dark" if dark else "light")
        if images != self._images:
            self._images = images
            if images:
                self._call("Fetch.disable")
            else:
                self._call("Fetch.enable", patterns=[{"resourceType": "Image"}])
            self._and_wait_for_load(lambda: self._call("Page.reload", ignoreCache=True))

    def screenshot(
        self,
        path: Path,
        width: int,
        height: int | None = None,
        *,
        dark: bool = False,
        images: bool = True,
    ) -> None:
        """Write a PNG of what `look` shows, of the whole page if no height is given."""
        self.look(width, height=height or 900, dark=dark, images=images)
        whole: dict[str, Any] = {}
        if height is None:
            size = self._call("Page.getLayoutMetrics")["cssContentSize"]
            clip = {"x": 0, "y": 0, "width": width, "height": size["height"], "scale": 1}
            whole = {"clip": clip, "captureBeyondViewport": True}
        shot = self._call("Page.captureScreenshot", format="png", **whole)
        path.write_bytes(base64.b64decode(shot["data"]))

    def _prefer(self, scheme: str) -> None:
        """Like colours light or dark; and no motion: a click misses what is scrolling away."""
        wishes = {"prefers-color-scheme": scheme, "prefers-reduced-motion": "reduce"}
        features = [{"name": name, "value": value} for name, value in wishes.items()]
        self._call("Emulation.setEmulatedMedia", features=features)

    def _with(self, selector: str, body: str) -> Any:
        found = self.evaluate(
            f"(element => element ? [(() => {{ {body} }})()] : null)"
            f"(document.querySelector({json.dumps(selector)}))"
        )
        if found is None:
            raise LookupError(f"nothing on {self.url} matches {selector}")
        return found[0]

    def _and_wait_for_load(self, act: Callable[[], object]) -> None:
        before = self._loaded
        act()
        end = time.monotonic() + SECONDS
        while self._loaded == before:
            self._receive(end)

    def _call(self, method: str, **params: Any) -> dict[str, Any]:
        number = self._send(method, params)
        end = time.monotonic() + SECONDS
        while True:
            message = self._receive(end)
            if message.get("id") == number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']['message']}")
                result: dict[str, Any] = message["result"]
                return result

    def _send(self, method: str, params: dict[str, Any]) -> int:
        assert self._socket is not None, "use the browser in a with statement"
        self._calls += 1
        self._socket.send(json.dumps({"id": self._calls, "method": method, "params": params}))
        return self._calls

    def _receive(self, end: float) -> dict[str, Any]:
        assert self._socket is not None
        message: dict[str, Any] = json.loads(self._socket.recv(max(0, end - time.monotonic())))
        match message.get("method"):
            case "Page.frameNavigated":
                frame = message["params"]["frame"]
                empty = frame["url"].startswith(("about:", "chrome-error:"))
                self._arrived |= "parentId" not in frame and not empty
            case "Page.loadEventFired" if self._arrived:  # not that of the page we start on
                self._arrived = False
                self._loaded += 1
            case "Network.requestWillBeSent":
                self.requests.append(message["params"]["request"]["url"])
            case "Fetch.requestPaused":  # a picture, while pictures are off
                paused = message["params"]["requestId"]
                self._send("Fetch.failRequest", {"requestId": paused, "errorReason": "Aborted"})
        return message


def _tab(folder: Path) -> str | None:
    """Return the address at which the tab takes commands, once there is one."""
    written = folder / "DevToolsActivePort"
    if not written.exists() or not (lines := written.read_text().split()):
        return None
    with urllib.request.urlopen(f"http://127.0.0.1:{lines[0]}/json/list", timeout=5) as reply:
        tabs = [tab for tab in json.load(reply) if tab["type"] == "page"]
    return str(tabs[0]["webSocketDebuggerUrl"]) if tabs else None
