"""Loaded into Python by `grantscope run`: aiohttp then uses the proxy of HTTPS_PROXY, as other clients do by themselves.

A `sitecustomize` that this one hides is loaded too. Nothing is printed, and nothing else is changed.
"""

import functools
import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys

_PROXY = os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy")


def _load_the_hidden_one():
    here = os.path.dirname(os.path.abspath(__file__))
    others = [path for path in sys.path if os.path.abspath(path or ".") != here]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", others)
    if spec is not None and spec.loader is not None:
        spec.loader.exec_module(importlib.util.module_from_spec(spec))


def _is_direct(session, _method, url, *_rest):
    """What NO_PROXY names. `run` takes that away, but for containers, whose loopback is their own."""
    from urllib.parse import urlsplit
    from urllib.request import proxy_bypass_environment

    base = getattr(session, "_base_url", None)
    host = urlsplit(str(url)).hostname or (base and base.host)
    return bool(host and proxy_bypass_environment(host))


def _through_the_proxy(session):
    request = session._request

    @functools.wraps(request)
    def through(self, *arguments, **options):
        chosen = options.get("proxy") or self.trust_env or getattr(self, "_default_proxy", None)
        if not chosen and not _is_direct(self, *arguments):
            options["proxy"] = _PROXY
        return request(self, *arguments, **options)

    session._request = through


class _WhenImported(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name != "aiohttp.client":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is None or spec.loader is None:
            return spec
        execute = spec.loader.exec_module

        def execute_and_change(module):
            execute(module)
            _through_the_proxy(module.ClientSession)

        spec.loader.exec_module = execute_and_change
        return spec


if _PROXY:
    sys.meta_path.insert(0, _WhenImported())
_load_the_hidden_one()
