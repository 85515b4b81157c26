"""A redirect_uri that the token request does not repeat as the authorization request had it."""

from dataclasses import replace

from python.app import expect_refused
from python.scenarios.scenario import Scenario


def redeemed_with(redirect_uri, error="invalid_grant"):
    def play(stage):
        app = stage.app("web")
        login = app.login(stage.user_agent())
        expect_refused(app.redeem(replace(login, redirect_uri=redirect_uri)), error)

    return play


MISMATCH = "redirect-uri-mismatch"

REDIRECT_URIS = {
    "redirect-uri-mismatch-slash": Scenario(redeemed_with("https://app.test/cb/"), MISMATCH),
    "redirect-uri-mismatch-registered": Scenario(
        redeemed_with("http://localhost:3000/cb"), MISMATCH
    ),
    "redirect-uri-missing": Scenario(
        redeemed_with(None, "invalid_request"), "redirect-uri-missing"
    ),
}
