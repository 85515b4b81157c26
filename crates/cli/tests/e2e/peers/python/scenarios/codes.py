"""Codes that were used, expired, altered, or never issued to this client."""

import secrets
from concurrent.futures import ThreadPoolExecutor

from python.app import expect_granted, expect_one_refused, expect_refused
from python.scenarios.scenario import Scenario


def reused_sequential(stage):
    app = stage.app("web")
    login = app.login(stage.user_agent())
    expect_granted(app.redeem(login))
    expect_refused(app.redeem(login))


def reused_concurrent(stage):
    app = stage.app("web")
    login = app.login(stage.user_agent())
    with ThreadPoolExecutor() as threads:
        expect_one_refused(list(threads.map(app.redeem, [login, login])))


def reused_retry(stage):
    """The app takes its first answer for lost and tries twice again."""
    app = stage.app("spa")
    login = app.login(stage.user_agent())
    expect_granted(app.redeem(login))
    expect_refused(app.redeem(login))
    expect_refused(app.redeem(login))


def expired(stage):
    app = stage.app("spa")
    login = app.login(stage.user_agent())
    stage.outlive_grant()
    expect_refused(app.redeem(login))


def wrong_client(stage):
    login = stage.app("spa").login(stage.user_agent())
    other = stage.app("other")
    login.session.client_id = "other"
    expect_refused(other.redeem(login))


def altered(alter):
    def play(stage):
        app = stage.app("spa")
        login = app.login(stage.user_agent())
        expect_refused(app.redeem(login.with_code(alter(login.code))))

    return Scenario(play, "code-altered")


def unknown(stage):
    app = stage.app("spa")
    login = app.login(stage.user_agent())
    expect_refused(app.redeem(login.with_code(secrets.token_urlsafe(32))))


def encode_every(code):
    """An encoder that spares no character, so that the form's own encoding is the second."""
    return "".join(f"%{byte:02X}" for byte in code.encode())


CODES = {
    "code-reused-sequential": Scenario(reused_sequential, "code-reused"),
    "code-reused-concurrent": Scenario(reused_concurrent, "code-reused"),
    "code-reused-retry": Scenario(reused_retry, "code-reused"),
    "code-expired": Scenario(expired, "code-expired", {"ttl": {"AuthorizationCode": 1}}),
    "code-wrong-client": Scenario(wrong_client, "code-wrong-client"),
    "code-altered-encoded": altered(encode_every),
    "code-altered-truncated": altered(lambda code: code[:-4]),
    "code-altered-lowercased": altered(str.lower),
    "code-unknown": Scenario(unknown, "code-unknown"),
}
