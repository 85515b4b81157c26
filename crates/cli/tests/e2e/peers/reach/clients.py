"""Presents a refresh token by every client that Python programs use, at each server that is named:

    python clients.py URL...

The client_id of each request says which client it was, so that a test can tell who came through.
"""

import asyncio
import sys
import urllib.error
import urllib.parse
import urllib.request

import aiohttp
import httpx
import requests


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


CLIENTS = {
    "urllib": with_urllib,
    "requests": with_requests,
    "httpx": with_httpx,
    "aiohttp": with_aiohttp,
}


def main():
    for url in sys.argv[1:]:
        for client, send in CLIENTS.items():
            status = send(url, client)
            if status not in (400, 401):
                sys.exit(f"{client} at {url}: {status}")


main()
