"""What a scenario plays on: apps, user agents and the time."""

import json
import time
from pathlib import Path

from python.app import App
from python.user_agent import UserAgent

CLIENTS = {
    client["client_id"]: client
    for client in json.loads((Path(__file__).parent.parent / "clients.json").read_text())
}


class Stage:
    def __init__(self, issuer, lifetime_s, report):
        self._issuer = issuer
        self._lifetime_s = lifetime_s
        self._report = report

    def app(self, client_id, **changes):
        """The registered client `client_id`, with its secret and method or with others."""
        client = CLIENTS[client_id] | changes
        return App(self._issuer, client, client.get("client_secret"), self._report)

    def user_agent(self):
        return UserAgent(self._report)

    def outlive_grant(self):
        """Nothing but time makes a grant expire; a second more, for servers count whole ones."""
        time.sleep(self._lifetime_s + 1)
