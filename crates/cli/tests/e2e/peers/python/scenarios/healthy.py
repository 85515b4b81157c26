"""Flows in which nothing is refused."""

from concurrent.futures import ThreadPoolExecutor

from python.app import expect_granted, expect_refused
from python.scenarios.scenario import Scenario

API = "https://api.test"
GENERATIONS = 4
RESOURCE_SERVER = {"resourceServer": "api:read api:write"}
PAIRWISE = {
    "pairwise": True,
    "clients": {"web": {"subject_type": "pairwise", "redirect_uris": ["https://app.test/cb"]}},
}
SILENT = {"scope": ["openid"], "prompt": "none"}


def login(client_id, provider={}, **options):
    def play(stage):
        stage.app(client_id).login_for_tokens(stage.user_agent(), **options)

    return Scenario(play, provider=provider)


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


def refreshes(client_id, rotates):
    def play(stage):
        app = stage.app(client_id)
        _, tokens = app.login_for_tokens(stage.user_agent())
        for _ in range(GENERATIONS):
            previous = tokens["refresh_token"]
            tokens = expect_granted(app.refresh(previous)).tokens
            rotated = tokens.get("refresh_token", previous) != previous
            assert rotated == rotates, "the refresh token was rotated, or was not"

    return play


def refresh_narrower(stage):
    app = stage.app("spa")
    _, tokens = app.login_for_tokens(stage.user_agent())
    narrow = expect_granted(app.refresh(tokens["refresh_token"], scope=["openid"])).tokens
    expect_granted(app.refresh(narrow["refresh_token"]))


def parallel_refreshes(stage):
    app = stage.app("spa")
    user_agents = [stage.user_agent() for _ in range(3)]
    with ThreadPoolExecutor() as threads:
        tokens = [tokens for _, tokens in threads.map(app.login_for_tokens, user_agents)]
        for _ in range(GENERATIONS):
            presented = [of["refresh_token"] for of in tokens]
            outcomes = threads.map(app.refresh, presented)
            tokens = [expect_granted(outcome).tokens for outcome in outcomes]


def resource_client_credentials(stage):
    outcome = stage.app("machine").client_credentials(resource=API, scope="api:read")
    token = expect_granted(outcome).tokens["access_token"]
    assert token.count(".") == 2, "the access token is no JWT"


def pairwise(stage):
    user_agent = stage.user_agent()
    subjects = set()
    for client_id in ("web", "spa"):
        app = stage.app(client_id)
        _, tokens = app.login_for_tokens(user_agent)
        subjects.add(app.user_info(tokens)["sub"])
    assert len(subjects) == 2, "both clients know the person by one name"


def device(stage):
    app = stage.app("tv")
    asked = app.request_device_code("openid offline_access")
    expect_refused(app.poll(asked["device_code"]), "authorization_pending")
    stage.user_agent().read(asked["verification_uri_complete"])
    tokens = expect_granted(app.poll(asked["device_code"])).tokens
    expect_granted(app.refresh(tokens["refresh_token"]))


def silent_renewal(stage):
    """Without a session the app is told so, and the person signs in; with one nobody is asked."""
    app, user_agent = stage.app("spa"), stage.user_agent()
    assert app.login(user_agent, **SILENT).parameter("error") == "login_required"
    app.login_for_tokens(user_agent, scope=["openid"])
    for _ in range(GENERATIONS):
        app.login_for_tokens(user_agent, **SILENT)


def single_sign_on(stage):
    user_agent = stage.user_agent()
    for client_id in ("web", "spa", "web-post"):
        stage.app(client_id).login_for_tokens(user_agent)


def login_after_logout(stage):
    app, user_agent = stage.app("spa"), stage.user_agent()
    _, tokens = app.login_for_tokens(user_agent)
    app.logout(user_agent, tokens)
    _, tokens = app.login_for_tokens(user_agent)
    expect_granted(app.refresh(tokens["refresh_token"]))
    app.logout(user_agent, tokens)


def introspection_revocation(stage):
    """Access tokens in use, and at the end of the session revoked with all that is left."""
    app, user_agent = stage.app("web"), stage.user_agent()
    _, tokens = app.login_for_tokens(user_agent)
    assert app.is_active(tokens["access_token"])
    refreshed = expect_granted(app.refresh(tokens["refresh_token"])).tokens
    app.user_info(refreshed)
    app.revoke(tokens["access_token"])
    assert not app.is_active(tokens["access_token"])
    app.revoke(refreshed["refresh_token"])
    app.logout(user_agent, tokens)
    app.login_for_tokens(user_agent)


def denied(**options):
    """The person says no, and thinks better of it: a new attempt of the same user agent."""

    def play(stage):
        app, user_agent = stage.app("spa"), stage.user_agent()
        user_agent.declines = True
        assert app.login(user_agent, **options).parameter("error") == "access_denied"
        user_agent.declines = False
        app.login_for_tokens(user_agent, **options)

    return Scenario(play)


HEALTHY = {
    "healthy-code-pkce": login("spa"),
    "healthy-confidential": login("web", pkce=None),
    "healthy-confidential-post": login("web-post"),
    "healthy-refresh-rotation": Scenario(refresh_rotation),
    "healthy-client-credentials": Scenario(client_credentials),
    "healthy-parallel-logins": Scenario(parallel_logins),
    "healthy-parallel-refreshes": Scenario(parallel_refreshes),
    "healthy-rotation-on": Scenario(refreshes("web", True), provider={"rotateRefreshToken": True}),
    "healthy-rotation-off": Scenario(
        refreshes("web", False), provider={"rotateRefreshToken": False}
    ),
    # RFC 9700 §2.2.2 asks for more, so that a warning is due.
    "healthy-rotation-off-public": Scenario(
        refreshes("spa", False),
        provider={"rotateRefreshToken": False},
        warnings=["refresh-without-rotation"],
    ),
    "healthy-refresh-narrower": Scenario(refresh_narrower),
    "healthy-fragment": login("spa", response_mode="fragment"),
    "healthy-form-post": login("web", response_mode="form_post"),
    "healthy-resource-client-credentials": Scenario(
        resource_client_credentials, provider=RESOURCE_SERVER
    ),
    "healthy-pairwise": Scenario(pairwise, provider=PAIRWISE),
    "healthy-device": Scenario(device),
    "healthy-silent-renewal": Scenario(silent_renewal),
    "healthy-single-sign-on": Scenario(single_sign_on),
    "healthy-login-after-logout": Scenario(login_after_logout),
    "healthy-introspection-revocation": Scenario(introspection_revocation),
    "healthy-denied": denied(),
    "healthy-denied-form-post": denied(response_mode="form_post"),
}
