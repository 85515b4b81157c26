"""A browser without a screen: it follows redirects, keeps cookies and fills in forms."""

import re
import secrets
from html import unescape
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import requests

from python.wire import note_parameters, watch

HOPS_MAX = 30


class UserAgent:
    def __init__(self, report):
        self._report = report
        self._session = requests.Session()
        watch(self._session, report)
        self._typed = {"login": "alice", "password": secrets.token_hex(12)}
        self.declines = False

    def browse(self, url, destination):
        """Browses from `url` until it is sent to `destination`: that address, unvisited.

        What is in a fragment or in a form is put into the query, as the app finds it.
        """
        form = None
        for _ in range(HOPS_MAX):
            url, form = self._hop(url, form)
            if not url:
                break
            if leads_to(url, destination):
                fragment = urlsplit(url).fragment
                encoded = urlencode(form) if form else fragment
                return self._arrive(f"{destination}?{encoded}" if encoded else url)
        raise RuntimeError(f"did not arrive at {destination} within {HOPS_MAX} hops")

    def read(self, url):
        """Browses from `url` until a page asks nothing more."""
        form = None
        for _ in range(HOPS_MAX):
            url, form = self._hop(url, form)
            if not url:
                return
        raise RuntimeError(f"did not come to an end within {HOPS_MAX} hops")

    def _hop(self, url, form):
        """Where it goes from `url`, and what it posts there: nowhere from a page without a form."""
        method = "POST" if form else "GET"
        response = self._session.request(method, url, data=form, allow_redirects=False)
        if response.is_redirect:
            return urljoin(url, response.headers["Location"]), None
        action = re.search(r'<form\b[^>]*\baction="([^"]*)"', response.text)
        # A response in a form has the status of what it says.
        if not response.ok and not action:
            raise RuntimeError(f"{urlsplit(url).path} answered {response.status_code}")
        if not action:
            return None, None
        cancel = self.declines and re.search(r'<a href="([^"]*/abort)"', response.text)
        if cancel:
            return urljoin(url, unescape(cancel[1])), None
        return urljoin(url, unescape(action[1])), self._fields(response.text)

    def _fields(self, page):
        """What is hidden as it stands, what is open as a person would fill it in."""
        fields = {}
        for element in re.findall(r"<input\b[^>]*>|<button\b[^>]*\bautofocus\b[^>]*>", page):
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
    return re.split("[?#]", url)[0] == destination


def attribute(element, name):
    quoted = re.search(rf'\s{name}="([^"]*)"', element)
    return unescape(quoted[1]) if quoted else None
