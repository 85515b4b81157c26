"""The app: a client of the authorization server, on top of `requests-oauthlib`."""

from dataclasses import dataclass, replace
from urllib.parse import parse_qs, urlencode, urlsplit

import requests
from oauthlib.oauth2 import BackendApplicationClient, OAuth2Error
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

from python.wire import watch

REDIRECT_URI = "https://app.test/cb"
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
        return parse_qs(urlsplit(self.callback).query)["code"][0]

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

    def login(self, user_agent, pkce="S256"):
        session = OAuth2Session(self._client_id, redirect_uri=REDIRECT_URI, scope=SCOPE, pkce=pkce)
        watch(session, self._report)
        url, _ = session.authorization_url(
            self.endpoints["authorization_endpoint"], prompt="consent"
        )
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

    def refresh(self, refresh_token, **parameters):
        session = self._session()
        return outcome_of(
            session.refresh_token,
            self.endpoints["token_endpoint"],
            refresh_token=refresh_token,
            auth=self._basic(),
            **self._identification(),
            **parameters,
        )

    def client_credentials(self):
        session = OAuth2Session(client=BackendApplicationClient(client_id=self._client_id))
        watch(session, self._report)
        return outcome_of(
            session.fetch_token, self.endpoints["token_endpoint"], **self._authentication()
        )

    def revoke(self, token):
        session = requests.Session()
        watch(session, self._report)
        form = {"token": token, **self._identification()}
        response = session.post(self.endpoints["revocation_endpoint"], form, auth=self._basic())
        response.raise_for_status()

    def _discover(self, issuer):
        response = requests.get(f"{issuer}/.well-known/openid-configuration")
        response.raise_for_status()
        return response.json()

    def _session(self):
        session = OAuth2Session(self._client_id, scope=SCOPE)
        watch(session, self._report)
        return session

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
