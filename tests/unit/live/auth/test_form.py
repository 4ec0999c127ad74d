"""The login form is found among others, with what it brings along."""

from __future__ import annotations

from platformctl.live.auth.form import Form, login_form

PAGE = """
<form action="/language"><input name="locale" value="en"></form>
<form id="kc-form-login" action="https://auth.example.com/login?a=1&amp;b=2" method="post">
  <input name="username" type="text"><input name="password" type="password">
  <input type="checkbox" name="rememberMe"><input type="hidden" name="credentialId" value="x">
</form>
"""


def test_form() -> None:
    assert login_form(PAGE) == Form(
        "https://auth.example.com/login?a=1&b=2", {"username": "", "password": "", "credentialId": "x"}
    )


def test_no_form() -> None:
    assert login_form(PAGE.replace('name="password"', 'name="pin"')) is None
