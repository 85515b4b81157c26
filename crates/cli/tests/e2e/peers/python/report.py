"""What the client saw: one JSON line a step, and at the end every secret that crossed the wire."""

import json
import sys


class Report:
    def __init__(self):
        self._secrets = {}

    def step(self, step, **facts):
        told = {name: fact for name, fact in facts.items() if fact is not None}
        # In one piece, for several threads may tell at once.
        sys.stdout.write(json.dumps({"step": step, **told}) + "\n")
        sys.stdout.flush()

    def secret(self, kind, value):
        if isinstance(value, str) and value:
            self._secrets[value] = kind

    def print_secrets(self):
        secrets = [{"kind": kind, "value": value} for value, kind in self._secrets.items()]
        print(json.dumps({"secrets": secrets}), flush=True)
