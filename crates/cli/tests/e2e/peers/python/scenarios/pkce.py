"""Code verifiers that do not fit the challenge of the authorization request."""

import secrets
from dataclasses import replace

from python.app import expect_granted, expect_refused
from python.scenarios.scenario import Scenario


def mismatch(stage):
    app = stage.app("spa")
    login = app.login(stage.user_agent())
    expect_refused(app.redeem(replace(login, verifier=secrets.token_urlsafe(48))))


def of_another_attempt(stage):
    """Two tabs, one place in the session for the verifier: the later overwrites the earlier."""
    app = stage.app("spa")
    user_agent = stage.user_agent()
    first = app.login(user_agent)
    second = app.login(user_agent)
    expect_refused(app.redeem(replace(first, verifier=second.verifier)))
    expect_granted(app.redeem(second))


def missing(stage):
    app = stage.app("spa")
    login = app.login(stage.user_agent())
    login.session._pkce = None
    expect_refused(app.redeem(login))


PKCE = {
    "pkce-verifier-mismatch": Scenario(mismatch, "pkce-verifier-mismatch"),
    "pkce-verifier-of-another-attempt": Scenario(of_another_attempt, "pkce-verifier-mismatch"),
    "pkce-verifier-missing": Scenario(missing, "pkce-verifier-missing"),
}
