"""Who is let in to a page's server, and to what: nothing that writes, fetches or runs."""

import asyncio
import http.server
import os
import shutil
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from viz.server.door import Door

HOST = "127.0.0.1:8765"
PUBLIC = "/_solara/cdn/"
KERNEL = "6418d8fa-6a5b-4b44-a645-8f5600baf0bc"
SOCKET = f"/jupyter/api/kernels/{KERNEL}/channels"
HOSTILE = """<!doctype html><title>hostile</title>
<img src="{own}{folder}"><script src="{own}{file}"></script><link rel="stylesheet" href="{own}">
<iframe src="{own}"></iframe><form method="post" target="f" action="{own}{close}"></form>
<script>
document.querySelector("form").submit();
const asked = ["{folder}", "{file}", "", "{close}", "{evict}"].flatMap((path) => [
  fetch("{own}" + path, {{ mode: "no-cors" }}), fetch("{own}" + path),
  fetch("{own}" + path, {{ mode: "no-cors", method: "POST", credentials: "include" }}),
]);
const channel = "{own}jupyter/api/kernels/{kernel}/channels?session_id=1";
const socket = new WebSocket(channel.replace("http", "ws"));
asked.push(new Promise((done) => {{
  socket.onerror = () => done("no");
  socket.onopen = () => done("SOCKET");
}}));
Promise.allSettled(asked).then((all) => {{
  window.came = all.map((one) => String(one.value ?? "no"));
}});
</script>"""


@pytest.fixture
def door(tmp_path):
    """A door with two plain files behind it; what is passed on to the page is kept."""
    (tmp_path / "assets" / "package@1").mkdir(parents=True)
    (tmp_path / "assets" / "package@1" / "main.js").write_text("1")
    (tmp_path / "secret.txt").write_text("secret")
    passed, sockets = [], []

    async def page(scope, receive, send):
        passed.append(scope)
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"page"})

    files = {PUBLIC: [tmp_path / "none", tmp_path / "assets"]}
    made = Door(page, "127.0.0.1", files, lambda kernel, opens: sockets.append((kernel, opens)))
    made.passed, made.heard = passed, sockets
    return made


def ask(door, path, method="GET", kind="http", query=b"session_id=6418d8fa", **headers):
    """The answer's status (a WebSocket's closing code, 101 if it is passed on), its headers."""
    said = []
    named = {"host": HOST} | {name.replace("_", "-"): value for name, value in headers.items()}
    pairs = [(name.encode(), value.encode()) for name, value in named.items() if value is not None]
    scope = {"type": kind, "method": method, "path": path, "headers": pairs, "query_string": query,
             "asgi": {"spec_version": "2.4"}}  # fmt: skip

    async def send(message):
        said.append(message)

    async def receive():
        return {"type": "http.request", "body": b""}

    asyncio.run(door(scope, receive, send))
    if not said:
        return 101, {}
    return said[0].get("status", said[0].get("code")), dict(said[0].get("headers", []))


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("HEAD", "/"), ("POST", f"/_solara/api/close/{KERNEL}"),
     ("GET", f"{PUBLIC}package@1/main.js"), ("HEAD", f"{PUBLIC}package@1/main.js")],
)  # fmt: skip
def test_what_a_page_needs_is_let_in(door, method, path):
    status, headers = ask(door, path, method)
    assert status == 200
    assert b"frame-ancestors 'none'" in headers[b"content-security-policy"]
    assert f"ws://{HOST}".encode() in headers[b"content-security-policy"]
    assert b"http://" not in headers[b"content-security-policy"]


@pytest.mark.parametrize(
    ("method", "path"),
    [(method, path) for method in ("GET", "POST") for path in (
        "/readyz", "/resourcez", "/any", "/any/where", f"/_solara/api/evict/{KERNEL}",
        f"/jupyter/api/kernels/{KERNEL}", "/_solara/auth/login", "/_solara", "//", "/./", "",
        f"{PUBLIC}package@1", f"{PUBLIC}package@1/", PUBLIC, f"{PUBLIC}package@1/other.js",
        f"{PUBLIC}../secret.txt", f"{PUBLIC}/etc/passwd", f"{PUBLIC}package@1/../../secret.txt",
        f"{PUBLIC}..\\secret.txt", f"{PUBLIC}a\0b", f"{PUBLIC}{'x' * 5000}")]
    + [("POST", "/"), ("PUT", "/"), ("DELETE", f"{PUBLIC}package@1/main.js"), ("OPTIONS", "/"),
       ("GET", f"/_solara/api/close/{KERNEL}"), ("POST", "/_solara/api/close/../evict")],
)  # fmt: skip
def test_nothing_else_of_a_library_is_reached(door, method, path, tmp_path):
    assert ask(door, path, method)[0] == 404
    assert door.passed == []
    assert (tmp_path / "assets" / "package@1" / "main.js").read_text() == "1"


ODD_QUERIES = [b"", b"session_id=", b"session_id", b"session_id=a&session_id=b", b"session=a",
               b"session_id=a&b=c", b"session_id=%ff", b"x" * 5000]  # fmt: skip


@pytest.mark.parametrize("query", ODD_QUERIES)
def test_a_page_that_does_not_say_which_it_is_is_refused(door, query):
    assert ask(door, f"/_solara/api/close/{KERNEL}", "POST", query=query)[0] == 404
    assert ask(door, SOCKET, kind="websocket", query=query)[0] == 1008
    assert door.passed == [] and door.heard == []


FOREIGN = [
    {"sec_fetch_site": "cross-site"}, {"sec_fetch_site": "same-site"}, {"sec_fetch_site": "odd"},
    {"origin": "http://evil.example"}, {"origin": "null"}, {"origin": "http://127.0.0.1:9999"},
    {"host": "evil.example:8765"}, {"host": None}, {"host": "127.0.0.1.evil.example"},
    {"host": "127.0.0.1; script-src *"},
]  # fmt: skip


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize(
    "path", ["/", f"{PUBLIC}package@1/main.js", f"{PUBLIC}package@1", "/anything"]
)
def test_pages_of_others_are_refused_on_every_route(door, path, headers):
    for method in ("GET", "HEAD", "POST"):
        assert ask(door, path, method, **headers)[0] == 403
    assert ask(door, SOCKET, kind="websocket", **headers)[0] == 1008
    assert door.passed == door.heard == []


def test_a_readers_own_requests_are_known(door):
    for site in ("none", "same-origin", None):
        assert ask(door, "/", sec_fetch_site=site)[0] == 200
    assert ask(door, "/", host="localhost:1", origin="http://localhost:1")[0] == 200
    assert ask(door, SOCKET, kind="websocket", origin=f"http://{HOST}")[0] == 101
    assert door.heard == [(KERNEL, True), (KERNEL, False)]
    for path in ("/jupyter/api/kernels/x/y/channels", f"{SOCKET}/x", "/", "/other"):
        assert ask(door, path, kind="websocket")[0] == 1008


def test_no_header_changes_what_solara_takes_its_address_for(door):
    names = ("x-forwarded-host", "x-forwarded-proto", "script-name", "x-script-name", "forwarded")
    assert ask(door, "/", **dict.fromkeys(names, "//evil.example"), cookie="a=b")[0] == 200
    assert {name for name, _ in door.passed[0]["headers"]} == {b"host", b"cookie"}


def test_a_server_for_others_still_refuses_pages_of_others(tmp_path):
    wide = Door(lambda *_: None, "0.0.0.0", {PUBLIC: [tmp_path]})
    assert ask(wide, "/readyz", host="server.example:8765")[0] == 404
    assert ask(wide, "/", host="server.example", origin="http://evil.example")[0] == 403
    assert ask(wide, "/", host="server.example", sec_fetch_site="cross-site")[0] == 403


def status_of(address: str, method: str = "GET", **headers: str) -> int:
    request = urllib.request.Request(address, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


@pytest.fixture
def sacrifice():
    """A folder among the assets of the environment, with a file; it is removed afterwards."""
    folder = Path(sys.prefix) / "share" / "solara" / "cdn" / f"sacrifice{os.getpid()}" / "dist"
    folder.mkdir(parents=True)
    (folder / "main.js").write_text("window.SACRIFICE = 1")
    yield folder
    shutil.rmtree(folder.parent, ignore_errors=True)


def test_a_folder_of_assets_asked_for_is_still_there(address, sacrifice):
    """The library's own route removes a folder that is asked for, then asks the network for it."""
    name = sacrifice.parent.name
    for path in (f"{name}/dist", f"{name}/dist/", f"{name}%2Fdist", name):
        assert status_of(f"{address}_solara/cdn/{path}") == 404
        assert sacrifice.is_dir() and (sacrifice / "main.js").is_file()
    assert status_of(f"{address}_solara/cdn/{name}/dist/main.js") == 200
    assert status_of(f"{address}_solara/cdn/{name}/dist/other.js") == 404
    assert sorted(path.name for path in sacrifice.iterdir()) == ["main.js"]


@contextmanager
def foreign_site(page: str):
    """A site on another port of this machine that serves one page; yields its port."""

    class Site(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_):
            pass

    served = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=served.serve_forever, daemon=True).start()
    yield served.server_address[1]
    served.shutdown()
    served.server_close()


@pytest.mark.parametrize("site", ["127.0.0.1", "localhost"])  # of the same site, of another one
def test_a_hostile_page_in_a_browser_reaches_nothing(browser, address, sacrifice, site):
    name = sacrifice.parent.name
    page = HOSTILE.format(
        own=address, folder=f"_solara/cdn/{name}/dist", file=f"_solara/cdn/{name}/dist/main.js",
        close=f"_solara/api/close/{KERNEL}", evict=f"_solara/api/evict/{KERNEL}", kernel=KERNEL,
    )  # fmt: skip
    with foreign_site(page) as port:
        opened = browser.new_page()
        answers = []
        opened.on("response", lambda answer: answers.append((answer.status, answer.url)))
        opened.goto(f"http://{site}:{port}/")
        opened.wait_for_function("window.came", timeout=30_000)
        opened.wait_for_load_state("networkidle")
        came = opened.evaluate("window.came")
        reached = {status for status, url in answers if url.startswith(address)}
        assert reached == {403} and "SOCKET" not in came
        assert opened.evaluate("window.SACRIFICE") is None
        opened.evaluate(f"location.href = '{address}?policy=status_quo'")
        opened.wait_for_selector("text=open its address by hand")
        opened.close()
    assert (sacrifice / "main.js").is_file()


@pytest.mark.slow
def test_the_page_of_institutions_asks_nothing_beyond_the_machine(browser):
    served = subprocess.Popen(
        [sys.executable, "-m", "viz.server.mesa_page", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        address = served.stdout.readline().strip()
        opened = browser.new_page()
        asked = []
        opened.on("request", lambda request: asked.append(request.url))
        opened.goto(address)
        opened.click("button:has-text('Step')", timeout=120_000)
        opened.wait_for_selector("text=Time: 1", timeout=60_000)
        assert len(asked) > 10
        assert all(url.startswith((address, f"blob:{address}", "data:")) for url in asked)
        assert status_of(f"{address}_solara/cdn/font-awesome@4.5.0") == 404
        assert status_of(address, **{"Sec-Fetch-Site": "cross-site"}) == 403
        opened.close()
    finally:
        served.terminate()
        served.wait(20)


def test_a_port_of_the_page_of_institutions_that_is_taken_is_one_sentence(capsys):
    from viz.server.mesa_page import main

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert main(["--port", str(taken.getsockname()[1])]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


FIRST = """
import sys, uvicorn
uvicorn.Server.run = lambda self, sockets: print("pandas" in sys.modules)
from viz.server.server import run, settle
settle("viz.server.page")
run(None, "127.0.0.1", lambda: None)
"""


def test_what_threads_look_at_is_imported_before_anything_is_served():
    """Solara compares what it draws with pandas's classes, even half imported by another thread."""
    done = subprocess.run([sys.executable, "-c", FIRST], capture_output=True, text=True)
    assert done.stdout.strip() == "True", done.stderr


def test_the_page_of_institutions_ends_on_sigterm_as_by_an_interrupt():
    words = [sys.executable, "-m", "viz.server.mesa_page", "--port", "0"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as page:
        assert page.stdout.readline().startswith("http://")
        page.terminate()
        assert page.wait(20) == 130
