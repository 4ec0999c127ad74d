"""A picture of the page with somebody signed in, for the README.

``python -m tests.login.picture docs/images/signed-in.png`` takes it of cluster `local`, which has to run.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from playwright.sync_api import expect

from platformctl.jobs.embedded import Embedded
from platformctl.live.auth import users
from platformctl.live.kubernetes import Cluster
from tests.e2e.browser import QUESTIONS, chromium, new_profile
from tests.login.browser import Profile, trust

ROOT = Path(__file__).resolve().parents[2]


def take_picture(cluster: Embedded, path: Path) -> None:
    """Signs the first test user in, asks, opens the account's menu and writes the page as a PNG."""
    login, authority = cluster.cluster.login, cluster.authorities
    assert login is not None and authority is not None
    user = login.users[0]
    with Cluster.connect(cluster.kubeconfig) as kube:
        passwords = {user: users.password(kube, user)}
    with tempfile.TemporaryDirectory() as home:
        trust(Path(home), authority)
        with chromium(Path(home)) as browser:
            # So wide that the menu covers no question.
            context = new_profile(browser, width=1160, height=620, sharpness=1.5)
            tab = Profile(context, login, passwords).signed_in(user)
            for question in QUESTIONS[:2]:
                tab.ask(question)
                tab.wait_for("complete")
            tab.account(user).click()
            expect(tab.page.get_by_role("menu")).to_be_visible()
            tab.page.screenshot(path=path, animations="disabled")


def main() -> None:
    parser = argparse.ArgumentParser(description="Takes a picture of the page with somebody signed in.")
    parser.add_argument("path", type=Path)
    take_picture(Embedded.of(ROOT, "local"), parser.parse_args().path)


if __name__ == "__main__":
    main()
