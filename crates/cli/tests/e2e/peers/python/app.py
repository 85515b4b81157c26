"""The app: a client of the authorization server, on top of `requests-oauthlib`."""

from dataclasses import dataclass, replace
from urllib.parse import parse_qs, urlencode, urlsplit

import requests
from oauthlib.oauth2 import BackendApplicationClient, DeviceClient, OAuth2Error
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

from python.wire import watch

REDIRECT_URI = "https://app.test/cb"
FAREWELL_URI = "https://app.test/bye"
SCOPE = ["openid", "offline_access"]


@dataclass(frozen=True)
class Login:
    """A login that the user agent has brought back to the app, not yet redeemed."""

    session: OAuth2Session
    callback: str
    verifier: str | None
    redirect_uri: str

    @property
    def code(self):
        return self.parameter("code")

    def parameter(self, name):
        return parse_qs(urlsplit(self.callback).query).get(name, [None])[0]

    def with_code(self, code):
        query = parse_qs(urlsplit(self.callback).query) | {"code": [code]}
        return replace(self, callback=f"{self.redirect_uri}?{urlencode(query, doseq=True)}")


@dataclass(frozen=True)
class Outcome:
    """What a token request came to: granted with tokens, or refused with the server's words."""

    status: int
    tokens: dict | None = None
    error: str | None = None


class App:
    def __init__(self, issuer, client, secret, report):
        self._client_id = client["client_id"]
        self._secret = secret
        self._method = client["token_endpoint_auth_method"]
        self._report = report
        self.endpoints = self._discover(issuer)

    def login(self, user_agent, pkce="S256", scope=SCOPE, prompt="consent", **more):
        session = OAuth2Session(self._client_id, redirect_uri=REDIRECT_URI, scope=scope, pkce=pkce)
        watch(session, self._report)
        endpoint = self.endpoints["authorization_endpoint"]
        url, _ = session.authorization_url(endpoint, prompt=prompt, **more)
        callback = user_agent.browse(url, REDIRECT_URI)
        verifier = getattr(session, "_code_verifier", None)
        return Login(session, callback, verifier, REDIRECT_URI)

    def login_for_tokens(self, user_agent, **options):
        login = self.login(user_agent, **options)
        return login, expect_granted(self.redeem(login)).tokens

    def redeem(self, login):
        """Exchanges the code; the session forgets nothing, so it may be called again."""
        login.session._code_verifier = login.verifier
        login.session.redirect_uri = login.redirect_uri
        return outcome_of(
            login.session.fetch_token,
            self.endpoints["token_endpoint"],
            authorization_response=login.callback,
            **self._authentication(),
        )

    def refresh(self, refresh_token, scope=SCOPE, **parameters):
        session = OAuth2Session(self._client_id, scope=scope)
        watch(session, self._report)
        return outcome_of(
            session.refresh_token,
            self.endpoints["token_endpoint"],
            refresh_token=refresh_token,
            auth=self._basic(),
            **self._identification(),
            **parameters,
        )

    def client_credentials(self, **parameters):
        session = OAuth2Session(client=BackendApplicationClient(client_id=self._client_id))
        watch(session, self._report)
        return outcome_of(
            session.fetch_token,
            self.endpoints["token_endpoint"],
            **self._authentication(),
            **parameters,
        )

    def request_device_code(self, scope):
        form = {"scope": scope, "prompt": "consent", "client_id": self._client_id}
        return self._post("device_authorization_endpoint", form).json()

    def poll(self, device_code):
        session = OAuth2Session(client=DeviceClient(client_id=self._client_id))
        watch(session, self._report)
        return outcome_of(
            session.fetch_token,
            self.endpoints["token_endpoint"],
            device_code=device_code,
            **self._authentication(),
        )

    def user_info(self, tokens):
        session = OAuth2Session(self._client_id, token=tokens)
        response = session.get(self.endpoints["userinfo_endpoint"])
        response.raise_for_status()
        return response.json()

    def is_active(self, token):
        form = {"token": token, **self._identification()}
        return self._post("introspection_endpoint", form).json()["active"]

    def revoke(self, token):
        self._post("revocation_endpoint", {"token": token, **self._identification()})

    def logout(self, user_agent, tokens):
        """Sends the user agent to the server's logout, and from there to where it says goodbye."""
        query = {"post_logout_redirect_uri": FAREWELL_URI, "id_token_hint": tokens["id_token"]}
        endpoint = self.endpoints["end_session_endpoint"]
        user_agent.browse(f"{endpoint}?{urlencode(query)}", FAREWELL_URI)

    def _post(self, endpoint, form):
        session = requests.Session()
        watch(session, self._report)
        response = session.post(self.endpoints[endpoint], form, auth=self._basic())
        response.raise_for_status()
        return response

    def _discover(self, issuer):
        response = requests.get(f"{issuer}/.well-known/openid-configuration")
        response.raise_for_status()
        return response.json()

    def _authentication(self):
        """What `fetch_token` takes for the way in which the client is registered."""
        if self._method == "client_secret_basic":
            return {"auth": self._basic()}
        return {"include_client_id": True, "client_secret": self._secret}

    def _basic(self):
        if self._method == "client_secret_basic":
            return HTTPBasicAuth(self._client_id, self._secret)
        return no_authentication

    def _identification(self):
        """The parameters that say who asks, where the header does not."""
        if self._method == "client_secret_basic":
            return {}
        secret = {"client_secret": self._secret} if self._secret else {}
        return {"client_id": self._client_id, **secret}


def no_authentication(request):
    """Keeps `requests` from looking for credentials elsewhere."""
    return request


def outcome_of(call, *args, **kwargs):
    try:
        return Outcome(200, tokens=call(*args, **kwargs))
    except OAuth2Error as refusal:
        return Outcome(refusal.status_code, error=refusal.error)


def expect_granted(outcome):
    assert outcome.tokens, f"the grant was refused: {outcome}"
    return outcome


def expect_refused(outcome, error="invalid_grant"):
    assert not outcome.tokens, f"the grant was not refused, {error} was expected"
    assert outcome.error == error, f"refused with {outcome.error}, {error} was expected"


def expect_one_refused(outcomes):
    """One of several at once is granted, the others are refused: which, the server chose."""
    refused = [outcome for outcome in outcomes if not outcome.tokens]
    assert len(refused) == len(outcomes) - 1, f"{len(refused)} of {len(outcomes)} were refused"
    for outcome in refused:
        expect_refused(outcome)
