"""`platformctl up` from nothing ends with the address, the proof and a streamed answer."""

from platformctl.live.route import client
from tests.e2e.running import CLUSTER, RunningPlatform


def test_up_ends_with_the_address_the_proof_and_an_answer(platform: RunningPlatform) -> None:
    shown = platform.first_up.stdout
    assert platform.url in shown
    assert "first token" in shown
    assert "platform.git" in shown


def test_a_second_up_reuses_what_runs(platform: RunningPlatform) -> None:
    again = platform.platformctl("up", "--cluster", CLUSTER, timeout=600)
    assert again.returncode == 0, again.stderr
    assert "already running" in again.stderr
    assert platform.url in again.stdout


def test_a_question_gets_a_real_answer(platform: RunningPlatform) -> None:
    answer = platform.ask("Name three colours.")
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["message"]["content"].strip()) > 3


def test_the_page_is_served(platform: RunningPlatform) -> None:
    with client(platform.url) as browser:
        page = browser.get("/")
    assert page.status_code == 200
    assert '<div id="root"' in page.text


def test_a_wrong_question_is_refused_with_a_reason(platform: RunningPlatform) -> None:
    answer = platform.ask("hello", model="no-such-model")
    assert 400 <= answer.status_code < 500
    assert "no-such-model" in answer.text
