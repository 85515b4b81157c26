"""Refresh tokens that were rotated, revoked, expired, altered or never this client's."""

import secrets
from concurrent.futures import ThreadPoolExecutor

from python.app import expect_granted, expect_one_refused, expect_refused
from python.scenarios.scenario import Scenario


def rotated(stage):
    """The old token kills the family: the new one, which nobody misused, is refused as well."""
    app, _, token = logged_in(stage)
    tokens = expect_granted(app.refresh(token)).tokens
    expect_refused(app.refresh(token))
    expect_refused(app.refresh(tokens["refresh_token"]))


def rotated_concurrent(stage):
    app, _, token = logged_in(stage)
    with ThreadPoolExecutor() as threads:
        expect_one_refused(list(threads.map(app.refresh, [token, token])))


def revoked(stage):
    app, _, token = logged_in(stage)
    app.revoke(token)
    expect_refused(app.refresh(token))


def revoked_by_code_replay(stage):
    app, login, token = logged_in(stage)
    expect_refused(app.redeem(login))
    expect_refused(app.refresh(token))


def expired(stage):
    app, _, token = logged_in(stage)
    stage.outlive_grant()
    expect_refused(app.refresh(token))


def wrong_client(stage):
    _, _, token = logged_in(stage)
    expect_refused(stage.app("other").refresh(token))


def altered(stage):
    app, _, token = logged_in(stage)
    expect_refused(app.refresh(token[:-4]))
    expect_granted(app.refresh(token))


def unknown(stage):
    app, _, _ = logged_in(stage)
    expect_refused(app.refresh(secrets.token_urlsafe(32)))


def logged_in(stage):
    app = stage.app("spa")
    login, tokens = app.login_for_tokens(stage.user_agent())
    return app, login, tokens["refresh_token"]


REFRESH_TOKENS = {
    "refresh-rotated": Scenario(rotated, "refresh-rotated"),
    "refresh-rotated-concurrent": Scenario(rotated_concurrent, "refresh-rotated"),
    "refresh-revoked": Scenario(revoked, "refresh-revoked"),
    "refresh-revoked-by-code-replay": Scenario(revoked_by_code_replay, "refresh-revoked"),
    "refresh-expired": Scenario(expired, "refresh-expired", {"ttl": {"RefreshToken": 1}}),
    "refresh-wrong-client": Scenario(wrong_client, "refresh-wrong-client"),
    "refresh-altered": Scenario(altered, "refresh-altered"),
    "refresh-unknown": Scenario(unknown, "refresh-unknown"),
}
