"""All scenarios by name."""

from python.scenarios.clients import CLIENTS
from python.scenarios.codes import CODES
from python.scenarios.healthy import HEALTHY
from python.scenarios.pkce import PKCE
from python.scenarios.redirect_uris import REDIRECT_URIS
from python.scenarios.refresh_tokens import REFRESH_TOKENS

SCENARIOS = CODES | REDIRECT_URIS | PKCE | CLIENTS | REFRESH_TOKENS | HEALTHY
