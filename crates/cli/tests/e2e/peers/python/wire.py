"""A look at what `requests` sends and receives: what was answered, and each secret on its way."""

import base64
from urllib.parse import parse_qs, unquote_plus, urlsplit

SECRET_PARAMETERS = (
    "access_token",
    "client_secret",
    "code",
    "code_verifier",
    "device_code",
    "id_token",
    "id_token_hint",
    "password",
    "refresh_token",
    "token",
)

ENDPOINTS = {
    "/token": "token",
    "/token/revocation": "revocation",
    "/token/introspection": "introspection",
    "/device/auth": "device-authorization",
}


def watch(session, report):
    """Makes a session tell the report of every answer it gets."""
    session.hooks["response"].append(lambda response, **_: note_exchange(response, report))


def note_exchange(response, report):
    note_request(response.request, report)
    for cookie in response.cookies:
        report.secret("cookie", cookie.value)
    step = ENDPOINTS.get(urlsplit(response.url).path)
    if step:
        note_answer(step, response, report)


def note_request(request, report):
    body = request.body.decode() if isinstance(request.body, bytes) else request.body or ""
    note_parameters(parse_qs(body), report)
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    if scheme == "Basic":
        report.secret("basic", credentials)
        _, _, secret = base64.b64decode(credentials).decode().partition(":")
        report.secret("client_secret", unquote_plus(secret))


def note_answer(step, response, report):
    is_json = "json" in response.headers.get("Content-Type", "")
    answer = response.json() if is_json else {}
    note_parameters({name: [value] for name, value in answer.items()}, report)
    report.step(
        step,
        status=response.status_code,
        error=answer.get("error"),
        error_description=answer.get("error_description"),
    )


def note_parameters(parameters, report):
    for name in SECRET_PARAMETERS:
        for value in parameters.get(name, []):
            report.secret(name, value)
