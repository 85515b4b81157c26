"""Presents a refresh token by clients that Python programs use, at each server that is named:

    python clients.py CLIENT,... URL...

The client_id of each request says which client it was, so that a test can tell who came through.
"""

import asyncio
import sys
import urllib.error
import urllib.parse
import urllib.request

import aiohttp
import boto3
import httpx
import msal
import requests
from authlib.integrations.httpx_client import OAuth2Client
from authlib.integrations.requests_client import OAuth2Session
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError


def form(client):
    return {"grant_type": "refresh_token", "refresh_token": f"secret-of-{client}", "client_id": client}


def with_urllib(url, client):
    body = urllib.parse.urlencode(form(client)).encode()
    try:
        return urllib.request.urlopen(url, body).status
    except urllib.error.HTTPError as refused:
        return refused.code


def with_requests(url, client):
    return requests.post(url, data=form(client)).status_code


def with_httpx(url, client):
    return httpx.post(url, data=form(client)).status_code


def with_aiohttp(url, client):
    async def post():
        async with aiohttp.ClientSession() as session, session.post(url, data=form(client)) as answer:
            return answer.status

    return asyncio.run(post())


def with_authlib(session):
    def send(url, client):
        return refusal(session(client).refresh_token, url, refresh_token=f"secret-of-{client}", client_id=client)

    return send


def with_msal(url, client):
    authority = url.removesuffix("/token")
    app = msal.PublicClientApplication(client, oidc_authority=authority)
    answer = app.acquire_token_by_refresh_token(f"secret-of-{client}", ["api"])
    return 400 if answer["error"] == "invalid_grant" else answer


def with_boto3(url, client):
    # Its messages are JSON with names of its own: the query says which client it is.
    endpoint = f"{url}?response_type=code&redirect_uri=https://app.test/cb&client_id={client}&end="
    config = Config(retries={"total_max_attempts": 1}, signature_version=UNSIGNED)
    app = boto3.client("sso-oidc", region_name="us-east-1", endpoint_url=endpoint, config=config)
    try:
        app.create_token(clientId=client, clientSecret="", grantType="refresh_token", refreshToken=f"secret-of-{client}")
    except ClientError as refused:
        return refused.response["ResponseMetadata"]["HTTPStatusCode"]


def refusal(send, *arguments, **options):
    """What a library that reads the answer by itself says of it, as a status."""
    try:
        return send(*arguments, **options)
    except Exception as refused:
        return 400 if "invalid_grant" in str(refused) else refused


CLIENTS = {
    "urllib": with_urllib,
    "requests": with_requests,
    "httpx": with_httpx,
    "aiohttp": with_aiohttp,
    "authlib-requests": with_authlib(OAuth2Session),
    "authlib-httpx": with_authlib(OAuth2Client),
    "msal": with_msal,
    "boto3": with_boto3,
}


def main():
    clients = sys.argv[1].split(",")
    for url in sys.argv[2:]:
        for client in clients:
            status = refusal(CLIENTS[client], url, client)
            if status not in (400, 401):
                print(f"{client} at {url}: {status}", file=sys.stderr)


main()
