"""Clients that do not prove who they are."""

import secrets

from python.app import expect_refused
from python.scenarios.scenario import Scenario


def login_as(client_id, **changes):
    def play(stage):
        app = stage.app(client_id, **changes)
        expect_refused(app.redeem(app.login(stage.user_agent())), "invalid_client")

    return Scenario(play, "client-credentials-wrong")


def refresh_with_rolled_secret(stage):
    _, tokens = stage.app("web").login_for_tokens(stage.user_agent())
    rolled = stage.app("web", client_secret=secrets.token_hex(16))
    expect_refused(rolled.refresh(tokens["refresh_token"]), "invalid_client")


CLIENTS = {
    "client-credentials-wrong-secret": login_as("web", client_secret=secrets.token_hex(16)),
    "client-credentials-wrong-missing": login_as("web-post", client_secret=None),
    "client-credentials-wrong-method": login_as(
        "web-jwt", token_endpoint_auth_method="client_secret_basic"
    ),
    "client-credentials-wrong-refresh": Scenario(
        refresh_with_rolled_secret, "client-credentials-wrong"
    ),
}
