"""Run in a network namespace of its own: serves the page, plays it, prints "played"."""

import fcntl
import shutil
import socket
import struct
import subprocess
import sys

from playwright.sync_api import sync_playwright

GET_FLAGS, SET_FLAGS, UP = 0x8913, 0x8914, 1  # ioctl(2) requests of netdevice(7); IFF_UP


def raise_loopback() -> None:
    with socket.socket() as any_socket:
        asked = struct.pack("16sh22x", b"lo", 0)
        (flags,) = struct.unpack_from("h", fcntl.ioctl(any_socket, GET_FLAGS, asked), 16)
        fcntl.ioctl(any_socket, SET_FLAGS, struct.pack("16sh22x", b"lo", flags | UP))


def play(address: str) -> None:
    with sync_playwright() as tool:
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = tool.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        failed: list[str] = []
        page.on("requestfailed", lambda request: failed.append(request.url))
        page.on("pageerror", lambda error: failed.append(str(error)))
        page.goto(address, timeout=60_000)
        page.wait_for_selector(".ju .transport:not([hidden])", timeout=120_000)
        page.click(".ju .play")
        page.wait_for_function("document.querySelector('.ju').store.shown >= 2", timeout=30_000)
        print(" ".join(["played", *failed]))
        browser.close()


def main() -> None:
    raise_loopback()
    words = ["status_quo", "--patients", "500", "--port", "0"]
    served = subprocess.Popen(
        [sys.executable, "-m", "joinedup.watching", *words], stdout=subprocess.PIPE, text=True
    )
    assert served.stdout is not None
    try:
        play(served.stdout.readline().strip())
    finally:
        served.terminate()
        served.wait(10)


if __name__ == "__main__":
    main()
