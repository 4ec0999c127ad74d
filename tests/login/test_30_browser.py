"""A real browser on the real hosts: signing in, chatting, what ends a session, and who sees what."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from platformctl.live.auth import users
from platformctl.live.kubernetes import Cluster
from tests.e2e.browser import chromium, new_profile
from tests.e2e.running import RunningPlatform
from tests.login.browser import Profile, Tab, trust
from tests.login.session_store import forget_session

QUESTION = "Say hello."
DRAFT = "What I had not sent yet"
OFFLINE = "net::ERR_INTERNET_DISCONNECTED"


@pytest.fixture(scope="module")
def browser(
    platform: RunningPlatform, passwords: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    """Begun after the passwords: its event loop leaves none to a client of the cluster."""
    home = tmp_path_factory.mktemp("home")
    authority = platform.embedded.authorities
    assert authority is not None
    trust(home, authority)
    with chromium(home) as started:
        yield started


@pytest.fixture(scope="module")
def passwords(platform: RunningPlatform) -> dict[str, str]:
    with Cluster.connect(platform.kubeconfig) as kube:
        return {user: users.password(kube, user) for user in ("ada", "grace")}


@pytest.fixture
def profile(browser: Browser, platform: RunningPlatform, passwords: dict[str, str]) -> Iterator[Profile]:
    login = platform.embedded.cluster.login
    assert login is not None
    made = Profile(new_profile(browser), login, passwords)
    yield made
    unexpected = made.unexpected()
    made.context.close()
    assert unexpected == []


def answered(tab: Tab, question: str = QUESTION) -> None:
    tab.ask(question)
    tab.wait_for("complete")


def end_at_keycloak(profile: Profile) -> None:
    """The browser is a stranger to Keycloak, as after the end of its session there."""
    profile.context.clear_cookies(domain=profile.login.auth_host)


def end_here(profile: Profile) -> None:
    """The browser has no session of the platform any more, as after the end of its cookie's life."""
    profile.context.clear_cookies(name=profile.login.cookie_name)


def test_the_form_signs_in_and_no_script_sees_a_token(profile: Profile, passwords: dict[str, str]) -> None:
    tab = profile.open()
    tab.fill_in("ada", "not her password")
    expect(tab.page.get_by_text("Invalid username or password.")).to_be_visible()
    assert profile.session_cookie() is None

    tab.fill_in("ada", passwords["ada"])
    expect(tab.account("ada")).to_be_visible()
    expect(tab.page).to_have_url(f"{tab.url}/")
    tab.account("ada").click()
    expect(tab.page.get_by_role("menu")).to_contain_text("ada@")
    cookie = profile.session_cookie()
    assert cookie is not None
    kept = {key: cookie[key] for key in ("domain", "path", "secure", "httpOnly", "sameSite")}
    assert kept == {
        "domain": profile.login.cookie_domain,
        "path": "/",
        "secure": True,
        "httpOnly": True,
        "sameSite": "Lax",
    }
    # Neither a token (a JSON object in base64) nor the cookie.
    assert "eyJ" not in tab.readable()
    assert cookie["value"] not in tab.readable()


def test_an_answer_streams_and_a_reload_keeps_it_and_who_is_signed_in(profile: Profile) -> None:
    tab = profile.signed_in("ada")
    answered(tab, "Say in one short sentence why the sky is blue.")
    growing = [seen["length"] for seen in tab.painted() if seen["state"] == "streaming"]
    assert len(set(growing)) >= 3, f"the answer was not painted in pieces: {tab.painted()}"
    answer = tab.answer.inner_text()
    who = tab.me()["sub"]

    asked_before = len(profile.at_keycloak())
    tab.page.reload()
    expect(tab.account("ada")).to_be_visible()
    expect(tab.conversation).to_contain_text("Say in one short sentence")
    assert tab.answer.inner_text() == answer
    assert tab.me()["sub"] == who
    assert len(profile.at_keycloak()) == asked_before
    assert tab.violations() == []


def test_the_tokens_are_renewed_while_chatting_in_two_tabs(profile: Profile) -> None:
    tab = profile.signed_in("ada")
    other = profile.open()
    expect(other.account("ada")).to_be_visible()
    tokens, cookie = tab.me()["expires_at"], profile.session_cookie()
    denied = len(profile.trouble)
    navigations: list[str] = []
    tab.page.on("framenavigated", lambda frame: navigations.append(frame.url))
    other.page.on("framenavigated", lambda frame: navigations.append(frame.url))

    tab.page.wait_for_timeout((profile.login.session.refresh.seconds + 3) * 1000)
    tab.ask(QUESTION)
    other.begin_burst()
    tab.wait_for("complete")
    assert other.burst() == [200] * 10
    assert tab.me()["expires_at"] > tokens
    assert profile.session_cookie() != cookie
    answered(tab)
    expect(tab.account("ada")).to_be_visible()
    assert navigations == []
    assert len(profile.trouble) == denied


def test_a_second_tab_is_signed_in_with_a_conversation_of_its_own(profile: Profile) -> None:
    tab = profile.signed_in("ada")
    answered(tab)
    before = len(profile.at_keycloak())
    other = profile.open()
    expect(other.account("ada")).to_be_visible()
    expect(other.conversation).not_to_contain_text(QUESTION)
    assert len(profile.at_keycloak()) == before


def test_signing_out_ends_it_in_every_tab_and_at_keycloak(profile: Profile) -> None:
    tab = profile.signed_in("ada")
    answered(tab)
    other = profile.open()
    expect(other.account("ada")).to_be_visible()
    answered(other)
    cookie = profile.session_cookie()

    tab.sign_out("ada")
    expect(tab.page).to_have_url(f"{tab.url}/signed-out")
    for one in (tab, other):
        expect(one.page.get_by_text("You are signed out.")).to_be_visible()
        expect(one.page.get_by_text(QUESTION)).to_have_count(0)
        assert QUESTION not in one.readable()
    assert profile.session_cookie() is None

    other.button("Sign in").click()
    expect(other.form).to_be_visible()
    tab.page.go_back()
    expect(tab.form).to_be_visible()
    # Who kept the cookie has nothing in hand.
    assert cookie is not None
    profile.context.add_cookies([cookie])  # type: ignore[list-item]
    expect(profile.open().form).to_be_visible()


@pytest.mark.parametrize("first_one", ["signs out", "is signed out by time"])
def test_a_second_person_sees_nothing_of_the_first(
    profile: Profile, passwords: dict[str, str], first_one: str
) -> None:
    tab = profile.signed_in("ada")
    answered(tab)
    tab.field.fill(DRAFT)
    if first_one == "signs out":
        tab.sign_out("ada")
        expect(tab.page).to_have_url(f"{tab.url}/signed-out")
        tab.button("Sign in").click()
    else:
        end_here(profile)
        end_at_keycloak(profile)
        tab.page.reload()
    tab.fill_in("grace", passwords["grace"])
    expect(tab.account("grace")).to_be_visible()
    expect(tab.field).to_have_value("")
    expect(tab.conversation).not_to_contain_text(QUESTION)
    expect(tab.button("Bring back the last conversation")).to_have_count(0)
    assert QUESTION not in tab.readable()
    assert DRAFT not in tab.readable()
    assert tab.me()["preferred_username"] == "grace"


def test_a_second_person_in_another_tab_takes_the_first_tab_over(
    profile: Profile, passwords: dict[str, str]
) -> None:
    tab = profile.signed_in("ada")
    answered(tab)
    end_here(profile)
    end_at_keycloak(profile)
    profile.signed_in("grace")
    expect(tab.account("grace")).to_be_visible()
    expect(tab.conversation).not_to_contain_text(QUESTION)
    assert QUESTION not in tab.readable()


@pytest.mark.parametrize("keycloak", ["knows her still", "asks for the password"])
@pytest.mark.parametrize("ended", ["the cookie", "the stored session"])
def test_an_ended_session_leads_to_the_login_and_back(
    profile: Profile, platform: RunningPlatform, passwords: dict[str, str], ended: str, keycloak: str
) -> None:
    tab = profile.signed_in("ada")
    answered(tab, "Say hello to Charles.")
    if ended == "the cookie":
        end_here(profile)
    else:
        cookie = profile.session_cookie()
        assert cookie is not None
        forget_session(platform, cookie["value"])
    if keycloak == "asks for the password":
        end_at_keycloak(profile)

    before = len(profile.at_keycloak())
    with tab.taken_away():
        tab.ask(QUESTION)
    if keycloak == "asks for the password":
        tab.fill_in("ada", passwords["ada"])
    expect(tab.account("ada")).to_be_visible()
    assert len(profile.at_keycloak()) > before
    expect(tab.page).to_have_url(f"{tab.url}/")
    expect(tab.conversation).to_contain_text("Charles")
    expect(tab.conversation).to_contain_text(QUESTION)
    expect(tab.alert).to_contain_text("Your session has ended.")
    tab.alert.get_by_role("button", name="Retry").click()
    tab.wait_for("complete")


def test_a_draft_is_kept_over_the_login(profile: Profile, passwords: dict[str, str]) -> None:
    tab = profile.signed_in("ada")
    answered(tab)
    tab.field.fill(DRAFT)
    end_here(profile)
    end_at_keycloak(profile)
    # What a browser tells a page whose tab is chosen again; this one has no window to hide it in.
    tab.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    tab.fill_in("ada", passwords["ada"])
    expect(tab.account("ada")).to_be_visible()
    expect(tab.field).to_have_value(DRAFT)
    expect(tab.conversation).to_contain_text(QUESTION)


def test_a_denial_is_told_from_a_network_that_is_away(profile: Profile) -> None:
    tab = profile.signed_in("ada")
    before = len(profile.at_keycloak())
    profile.context.set_offline(True)
    tab.ask(QUESTION)
    expect(tab.alert).to_contain_text("The chat service cannot be reached.")
    expect(tab.account("ada")).to_be_visible()
    profile.context.set_offline(False)
    tab.alert.get_by_role("button", name="Retry").click()
    tab.wait_for("complete")
    assert len(profile.at_keycloak()) == before

    end_here(profile)
    with tab.taken_away():
        tab.ask("Say goodbye.")
    expect(tab.alert).to_contain_text("Your session has ended.")
    expect(tab.account("ada")).to_be_visible()
    assert len(profile.at_keycloak()) > before
    profile.trouble = [one for one in profile.trouble if OFFLINE not in one]


def test_an_api_that_is_away_sends_nobody_to_the_login(profile: Profile) -> None:
    away = f"{profile.login.api_origin}/**"
    profile.context.route(away, lambda route: route.abort("connectionrefused"))
    tab = profile.open()
    expect(tab.page.get_by_text("The chat service cannot be reached.")).to_be_visible()
    assert profile.at_keycloak() == []
    profile.context.unroute(away)
    tab.button("Try again").click()
    expect(tab.form).to_be_visible()
    profile.trouble = [one for one in profile.trouble if "net::ERR_CONNECTION_REFUSED" not in one]


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_the_signed_in_page_fits_a_phone(profile: Profile, color_scheme: str) -> None:
    tab = profile.signed_in("ada")
    tab.page.set_viewport_size({"width": 360, "height": 640})
    tab.page.emulate_media(color_scheme="dark" if color_scheme == "dark" else "light")
    for one in (tab.account("ada"), tab.button("New chat"), tab.field):
        expect(one).to_be_in_viewport(ratio=1)
    tab.account("ada").click()
    expect(tab.page.get_by_role("menu")).to_be_in_viewport(ratio=1)
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= 360
