"""An app with a login, by requests-oauthlib, that names another redirect URI when it redeems the code."""

import os
from http.server import BaseHTTPRequestHandler, HTTPServer

import requests
from requests_oauthlib import OAuth2Session

HERE = f"http://localhost:{os.environ['PORT']}"
ISSUER, CLIENT_ID, CLIENT_SECRET = (os.environ[name] for name in ("ISSUER", "CLIENT_ID", "CLIENT_SECRET"))
SERVER = requests.get(f"{ISSUER}/.well-known/openid-configuration").json()
SESSION = OAuth2Session(CLIENT_ID, redirect_uri=f"{HERE}/cb", scope=["openid"])


class App(BaseHTTPRequestHandler):
    def do_GET(self):
        path = self.path.partition("?")[0]
        if path == "/":
            self.answer(200, '<a href="/login">Log in</a>')
        elif path == "/login":
            url, _ = SESSION.authorization_url(SERVER["authorization_endpoint"])
            self.answer(302, "", url)
        elif path == "/cb":
            self.answer(*self.redeem())
        else:
            self.answer(404, "")

    def redeem(self):
        SESSION.redirect_uri = f"{HERE}/cb/"
        try:
            SESSION.fetch_token(
                SERVER["token_endpoint"], authorization_response=HERE + self.path, client_secret=CLIENT_SECRET
            )
        except Exception as refused:
            return 500, f"login failed: {refused}"
        return 200, "logged in"

    def answer(self, status, text, location=None):
        self.send_response(status)
        self.send_header("Content-Type", "text/html")
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(text.encode())


HTTPServer(("127.0.0.1", int(os.environ["PORT"])), App).serve_forever()
