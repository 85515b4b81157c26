"""Writes `mitmproxy-VERSION.mitm`: a refused login as a real mitmproxy records it.

Run it in a virtual environment with mitmproxy: `python make.py`. The answers come from this very file, loaded as an
addon, so that nothing but the loopback interface is used. The secrets are made up.
"""

import importlib.metadata
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve()
AUTHORIZE = (
    "https://idp.test/authorize?response_type=code&client_id=web&state=af0ifjsldkj"
    "&redirect_uri=https%3A%2F%2Fapp.test%2Fcb"
)
FORM = "grant_type=authorization_code&code=SplxlOBeZQQYbYS6WxSbIA&client_id=web"
REFUSAL = {"error": "invalid_grant", "error_description": "redirect_uri does not match"}


def request(flow):
    """The addon: answers in the place of the servers."""
    from mitmproxy import http

    match flow.request.path.split("?")[0]:
        case "/authorize":
            location = "https://app.test/cb?code=SplxlOBeZQQYbYS6WxSbIA&state=af0ifjsldkj"
            flow.response = http.Response.make(302, b"", {"Location": location})
        case "/token":
            headers = {"Content-Type": "application/json"}
            flow.response = http.Response.make(400, json.dumps(REFUSAL), headers)
            flow.response.encode("gzip")
        case _:
            flow.response = http.Response.make(200, b"<p>\xc3\xa9</p>", {"Content-Type": "text/html"})


def main():
    with tempfile.TemporaryDirectory() as conf:
        recorded = pathlib.Path(conf, "login.mitm")
        proxy = subprocess.Popen(
            [str(pathlib.Path(sys.executable).with_name("mitmdump")), "--listen-host", "127.0.0.1", "--listen-port", "0", "-s", str(HERE),
             "--set", f"confdir={conf}", "--set", "connection_strategy=lazy", "-w", str(recorded)],
            stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        )
        try:
            for line in proxy.stdout:
                if found := re.search(r"listening at .*?:(\d+)", line):
                    break
            curl = ["curl", "-sko", "/dev/null", "--proxy", f"http://127.0.0.1:{found[1]}"]
            for request in (["https://app.test/"], [AUTHORIZE], ["-d", FORM, "https://idp.test/token"]):
                subprocess.run(curl + request, check=True)
        finally:
            proxy.terminate()
            proxy.wait()
        version = importlib.metadata.version("mitmproxy").split(".")[0]
        HERE.with_name(f"mitmproxy-{version}.mitm").write_bytes(recorded.read_bytes())


if __name__ == "__main__":
    main()
