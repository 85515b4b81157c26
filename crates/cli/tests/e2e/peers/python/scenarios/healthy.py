"""Flows in which nothing is refused."""

from concurrent.futures import ThreadPoolExecutor

from python.app import expect_granted
from python.scenarios.scenario import Scenario

GENERATIONS = 4


def login(client_id, **options):
    def play(stage):
        stage.app(client_id).login_for_tokens(stage.user_agent(), **options)

    return Scenario(play)


def refresh_rotation(stage):
    app = stage.app("spa")
    _, tokens = app.login_for_tokens(stage.user_agent())
    for _ in range(GENERATIONS):
        previous = tokens["refresh_token"]
        tokens = expect_granted(app.refresh(previous)).tokens
        assert tokens["refresh_token"] != previous, "the refresh token was not rotated"


def client_credentials(stage):
    expect_granted(stage.app("machine").client_credentials())


def parallel_logins(stage):
    app = stage.app("spa")
    user_agents = [stage.user_agent() for _ in range(3)]
    with ThreadPoolExecutor() as threads:
        logins = list(threads.map(app.login, user_agents))
        for outcome in threads.map(app.redeem, logins):
            expect_granted(outcome)


HEALTHY = {
    "healthy-code-pkce": login("spa"),
    "healthy-confidential": login("web", pkce=None),
    "healthy-confidential-post": login("web-post"),
    "healthy-refresh-rotation": Scenario(refresh_rotation),
    "healthy-client-credentials": Scenario(client_credentials),
    "healthy-parallel-logins": Scenario(parallel_logins),
}
