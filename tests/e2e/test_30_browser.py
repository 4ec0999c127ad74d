"""A real browser opens the page, asks, sees the answer stream, stops one, and finds the rest in order."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browser import ChatPage, chromium
from tests.e2e.running import eventually

# The embedded cluster's small model follows this one for 200 tokens; other questions it answers in a line.
LONG = "Please repeat: yes, yes, yes, yes, yes, yes, yes, yes"
# The greatest of red, green and blue, 0 to 255, whatever notation the style sheet uses.
BACKGROUND = """() => {
  const canvas = document.createElement('canvas').getContext('2d')
  canvas.fillStyle = getComputedStyle(document.documentElement).backgroundColor
  canvas.fillRect(0, 0, 1, 1)
  return Math.max(...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3))
}"""
CONTROLS = {"button", "textbox", "link", "menuitem", "menuitemradio", "combobox", "checkbox"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def chat(browser: Browser, chat_url: str) -> Iterator[ChatPage]:
    page = ChatPage.open(browser, chat_url)
    yield page
    page.close()


def test_the_answer_grows_while_it_is_read(chat: ChatPage) -> None:
    chat.ask("Say in one short sentence why the sky is blue.")
    chat.wait_for("complete")
    growing = [seen["length"] for seen in chat.painted() if seen["state"] == "streaming"]
    # Not strictly rising: marks of Markdown vanish when their end arrives.
    assert len(set(growing)) >= 3, f"the answer was not painted in pieces: {chat.painted()}"
    assert growing[0] < growing[-1], growing
    expect(chat.field).to_be_focused()
    assert chat.violations() == []
    assert chat.trouble == []


def test_stop_keeps_what_has_arrived_and_the_chat_goes_on(chat: ChatPage) -> None:
    chat.ask(LONG)
    chat.wait_for("streaming")
    chat.button("Stop the answer").click()
    expect(chat.answer).to_have_attribute("data-state", "stopped")
    expect(chat.answer).to_contain_text("Stopped")
    kept = chat.answer.inner_text()
    chat.page.wait_for_timeout(2000)
    assert chat.answer.inner_text() == kept
    expect(chat.field).to_be_focused()

    chat.ask("Say hello.")
    chat.wait_for("complete")
    assert chat.conversation.get_by_role("article").count() == 2
    assert chat.trouble == []


def test_a_reload_keeps_the_conversation_and_a_new_chat_clears_it(chat: ChatPage) -> None:
    chat.ask(LONG)
    chat.wait_for("streaming")
    expect(chat.answer.locator(".answer")).not_to_be_empty()
    chat.page.reload()
    expect(chat.answer).to_have_attribute("data-state", "interrupted")
    expect(chat.conversation).to_contain_text(LONG)

    chat.button("New chat").click()
    expect(chat.conversation.get_by_role("article")).to_have_count(0)
    expect(chat.conversation).not_to_contain_text(LONG)
    expect(chat.field).to_be_focused()
    chat.button("Bring back the last conversation").click()
    expect(chat.conversation).to_contain_text(LONG)
    chat.button("New chat").click()
    chat.page.reload()
    expect(chat.field).to_be_visible()
    expect(chat.conversation).not_to_contain_text(LONG)
    assert chat.trouble == []


def test_without_a_network_it_says_so_and_retries(chat: ChatPage) -> None:
    chat.page.context.set_offline(True)
    chat.ask("Say hello.")
    alert = chat.page.get_by_role("alert")
    expect(alert).to_contain_text("The chat service cannot be reached.")
    chat.page.context.set_offline(False)
    alert.get_by_role("button", name="Retry").click()
    chat.wait_for("complete")
    expect(alert).to_have_count(0)


def test_the_reader_who_scrolls_up_is_left_there(chat: ChatPage) -> None:
    chat.page.set_viewport_size({"width": 360, "height": 400})
    chat.ask(LONG)
    eventually(
        "a page that has followed the answer", lambda: chat.scrolled().top > 80, seconds=300, pause=0.1
    )
    chat.conversation.hover()
    chat.page.mouse.wheel(0, -60)
    expect(chat.button("Jump to the end")).to_be_visible()
    chat.page.wait_for_timeout(500)  # a wheel may scroll smoothly
    left = chat.scrolled()
    eventually("more of the answer", lambda: chat.scrolled().height > left.height, seconds=300, pause=0.1)
    assert chat.scrolled().top == left.top
    chat.button("Jump to the end").click()
    expect(chat.button("Jump to the end")).to_have_count(0)
    chat.button("Stop the answer").click()


def test_every_control_has_a_name(chat: ChatPage) -> None:
    chat.ask(LONG)
    chat.wait_for("streaming")
    chat.button("Stop the answer").click()
    nodes = chat.accessible_nodes()
    controls = [(role, name) for role, name in nodes if role in CONTROLS]
    assert len(controls) >= 4, nodes
    assert [role for role, name in controls if not name] == []
    roles = [role for role, _ in nodes]
    assert roles.count("main") == 1
    assert roles.count("log") == 1
    assert chat.page.locator("h1").count() == 1
    assert chat.page.locator("html").get_attribute("lang") == "en"


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_fits_a_phone_in_the_colours_of_the_system(
    browser: Browser, chat_url: str, color_scheme: str
) -> None:
    chat = ChatPage.open(
        browser, chat_url, width=360, height=640, color_scheme="dark" if color_scheme == "dark" else "light"
    )
    chat.page.get_by_role("button", name="Write some code").click()
    chat.wait_for("complete")  # a short answer streams for less time than a look at it takes
    width = chat.page.evaluate(
        "Math.max(...[...document.querySelectorAll('body, main, article, header')]"
        ".map((element) => element.getBoundingClientRect().right))"
    )
    assert width <= 360
    brightest = chat.page.evaluate(BACKGROUND)
    assert brightest < 60 if color_scheme == "dark" else brightest > 200, brightest
    expect(chat.field).to_be_in_viewport()
    expect(chat.button("New chat")).to_be_in_viewport()
    assert chat.trouble == []
    chat.close()
