"""A browser without a screen: it follows redirects, keeps cookies and fills in forms."""

import re
import secrets
from html import unescape
from urllib.parse import parse_qs, urljoin, urlsplit

import requests

from python.wire import note_parameters, watch

HOPS_MAX = 30


class UserAgent:
    def __init__(self, report):
        self._report = report
        self._session = requests.Session()
        watch(self._session, report)
        self._typed = {"login": "alice", "password": secrets.token_hex(12)}

    def browse(self, url, destination):
        """Browses from `url` until it is sent to `destination`: that address, unvisited."""
        form = None
        for _ in range(HOPS_MAX):
            url, form = self._hop(url, form)
            if leads_to(url, destination):
                return self._arrive(url)
        raise RuntimeError(f"did not arrive at {destination} within {HOPS_MAX} hops")

    def _hop(self, url, form):
        method = "POST" if form else "GET"
        response = self._session.request(method, url, data=form, allow_redirects=False)
        if response.is_redirect:
            return urljoin(url, response.headers["Location"]), None
        if not response.ok:
            raise RuntimeError(f"{urlsplit(url).path} answered {response.status_code}")
        action = re.search(r'<form\b[^>]*\baction="([^"]*)"', response.text)
        if not action:
            raise RuntimeError(f"{urlsplit(url).path} is a page without a form")
        return urljoin(url, unescape(action[1])), self._fields(response.text)

    def _fields(self, page):
        """What is hidden as it stands, what is open as a person would fill it in."""
        fields = {}
        for element in re.findall(r"<input\b[^>]*>", page):
            name = attribute(element, "name")
            if name:
                fields[name] = self._typed.get(name) or attribute(element, "value") or ""
        return fields

    def _arrive(self, url):
        query = parse_qs(urlsplit(url).query)
        note_parameters(query, self._report)
        self._report.step("callback", error=query.get("error", [None])[0])
        return url


def leads_to(url, destination):
    return url.partition("?")[0] == destination


def attribute(element, name):
    quoted = re.search(rf'\s{name}="([^"]*)"', element)
    return unescape(quoted[1]) if quoted else None
