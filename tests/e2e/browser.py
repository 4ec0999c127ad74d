"""The chat page in a real Chromium, as a reader uses it, and its picture for the README.

``python -m tests.e2e.browser http://chat.localhost:8080 docs/images/chat.png`` takes the picture.
"""

from __future__ import annotations

import argparse
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)

ANSWER_MS = 300_000
"""Longest wait for a model on two busy cores, in milliseconds."""

FLAGS = (
    # Chromium refuses its sandbox to root, and the page comes from the cluster under test.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-proxy-server",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

# Runs before the page's own scripts. `answers` gets the state and the length of the last answer at each
# paint where one of them changed.
RECORDER = """
window.seen = {violations: [], answers: []};
document.addEventListener('securitypolicyviolation', (event) =>
  window.seen.violations.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sourceFile}`));
(function look() {
  const answer = [...document.querySelectorAll('article[data-state]')].at(-1);
  if (answer) {
    const now = {state: answer.dataset.state, length: answer.querySelector('.answer')?.innerText.length ?? 0};
    const last = window.seen.answers.at(-1);
    if (last?.state !== now.state || last?.length !== now.length) window.seen.answers.push(now);
  }
  requestAnimationFrame(look);
})();
"""

# Whether the answer that is being written has so many letters, or is complete.
LONG_ENOUGH = """(letters) => {
  const answer = [...document.querySelectorAll('article[data-state]')].at(-1)
  if (answer.dataset.state === 'complete') return true
  return answer.dataset.state === 'streaming' && answer.querySelector('.answer').innerText.length >= letters
}"""

# What the embedded cluster's small model answers well, always in one line.
QUESTIONS = ("What is Kubernetes?", "What is a load balancer?", "What is a database?")


class BrowserMissing(Exception):
    """No Chromium on this machine."""

    def __init__(self) -> None:
        super().__init__("no Chromium: apt-get install --no-install-recommends chromium")


@contextmanager
def chromium(home: Path | None = None) -> Iterator[Browser]:
    """A Chromium with a profile of its own.

    Args:
        home: a home folder other than the user's; Chromium trusts the authorities of the NSS database in it.

    Raises:
        BrowserMissing: none is installed.
    """
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        raise BrowserMissing
    with sync_playwright() as playwright:
        environment: dict[str, Any] | None = {**os.environ, "HOME": str(home)} if home else None
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS), env=environment)
        try:
            yield browser
        finally:
            browser.close()


def new_profile(
    browser: Browser,
    *,
    width: int = 1280,
    height: int = 800,
    color_scheme: Literal["light", "dark"] = "light",
    sharpness: float = 1,
) -> BrowserContext:
    """Cookies and storages of their own. Width and height in CSS pixels, each ``sharpness`` pixels wide."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=sharpness,
        color_scheme=color_scheme,
        locale="en-GB",
    )
    context.add_init_script(RECORDER)
    return context


@dataclass(frozen=True)
class Scrolled:
    """How far the conversation is scrolled down, and how tall it is, in CSS pixels."""

    top: float
    height: float


@dataclass
class ChatPage:
    """One tab with the page.

    Attributes:
        url: the page's.
        trouble: what went wrong in it: console errors, exceptions, requests to other than its origins.
        origins: whom it may ask; none: its own.
    """

    page: Page
    url: str
    trouble: list[str] = field(default_factory=list)
    origins: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.url = self.url.rstrip("/")
        self.origins = self.origins or (self.url,)
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.trouble.append(f"exception: {error}"))
        self.page.on("request", self._on_request)

    @classmethod
    def open(cls, browser: Browser, url: str, **profile: Any) -> Self:
        """The page in a profile of its own, as `new_profile` makes it."""
        chat = cls(new_profile(browser, **profile).new_page(), url)
        chat.page.goto(chat.url)
        expect(chat.field).to_be_visible()
        return chat

    def close(self) -> None:
        self.page.context.close()

    @property
    def field(self) -> Any:
        return self.page.get_by_role("textbox", name="Message")

    @property
    def conversation(self) -> Any:
        return self.page.get_by_role("region", name="Conversation")

    @property
    def answer(self) -> Any:
        """The last answer."""
        return self.conversation.get_by_role("article").last

    def button(self, name: str) -> Any:
        return self.page.get_by_role("button", name=name, exact=True)

    def ask(self, question: str) -> None:
        self.page.evaluate("window.seen.answers = []")
        self.field.fill(question)
        self.field.press("Enter")

    def wait_for(self, state: str) -> None:
        expect(self.answer).to_have_attribute("data-state", state, timeout=ANSWER_MS)

    def painted(self) -> list[dict[str, Any]]:
        """``{"state", "length"}`` of the answer, one for each paint since the question that changed it."""
        return list(self.page.evaluate("window.seen.answers"))

    def scrolled(self) -> Scrolled:
        return Scrolled(*self.conversation.evaluate("element => [element.scrollTop, element.scrollHeight]"))

    def violations(self) -> list[str]:
        return list(self.page.evaluate("window.seen.violations"))

    def accessible_nodes(self) -> list[tuple[str, str]]:
        """Role and name of everything that Chromium tells a screen reader."""
        session = self.page.context.new_cdp_session(self.page)
        nodes = session.send("Accessibility.getFullAXTree")["nodes"]
        session.detach()
        return [
            (node["role"]["value"], node.get("name", {}).get("value", ""))
            for node in nodes
            if not node["ignored"]
        ]

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            place = message.location.get("url", "")
            self.trouble.append(f"console {message.type}: {message.text} {place}")

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith(tuple(f"{origin}/" for origin in self.origins)):
            self.trouble.append(f"foreign request: {request.url}")


def take_picture(
    url: str, path: Path, questions: Sequence[str], color_scheme: Literal["light", "dark"], letters: int
) -> None:
    """Asks the questions and writes the page as a PNG while the last answer is being written.

    The picture is taken when that answer has ``letters`` letters, or when it is complete with fewer.
    """
    with chromium() as browser:
        chat = ChatPage.open(browser, url, width=960, height=640, color_scheme=color_scheme, sharpness=2)
        for question in questions[:-1]:
            chat.ask(question)
            chat.wait_for("complete")
        chat.ask(questions[-1])
        chat.page.wait_for_function(LONG_ENOUGH, arg=letters, timeout=ANSWER_MS)
        path.parent.mkdir(parents=True, exist_ok=True)
        chat.page.screenshot(path=path)
        chat.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="Takes a picture of the chat page.")
    parser.add_argument("url")
    parser.add_argument("path", type=Path)
    parser.add_argument("--question", action="append", help="Repeatable; the last one is shown unfinished.")
    parser.add_argument("--letters", type=int, default=45, help="How much of the last answer to wait for.")
    parser.add_argument("--color-scheme", choices=("light", "dark"), default="light")
    options = parser.parse_args()
    take_picture(
        options.url, options.path, options.question or QUESTIONS, options.color_scheme, options.letters
    )


if __name__ == "__main__":
    main()
