//! The allow-list: all names whose values stay. What is not named here is redacted.
//!
//! `docs/guides/what-is-redacted.md` shows the same lists, and a test holds the two together.

/// Parameters and members whose values stay as they are: a diagnosis needs them, or they hold neither secrets nor persons.
///
/// RFC 6749, 7591, 7662, 8414, 8628, 8693, 8707, 9449; OpenID Connect Core; and what single servers add.
pub(super) const PARAMETERS: &[&str] = &[
    "acr_values",
    "active",
    "actor_token_type",
    "aud",
    "audience",
    "azp",
    "client_assertion_type",
    "client_id",
    "code_challenge_method",
    "dpop_jkt",
    "grant_type",
    "grant_types",
    "iss",
    "issued_token_type",
    "issuer",
    "requested_token_type",
    "resource",
    "response_mode",
    "response_type",
    "response_types",
    "scope",
    "scopes",
    "status_code",
    "subject_token_type",
    "timestamp",
    "token_type",
    "token_type_hint",
    "ui_locales",
];

/// Parameters and members whose values stay where they are a number, a truth value or one plain word.
pub(super) const WORDS: &[&str] = &[
    "access_type",
    "alg",
    "application_type",
    "approval_prompt",
    "auth_time",
    "authuser",
    "client_id_issued_at",
    "client_secret_expires_at",
    "correlation_id",
    "display",
    "exp",
    "expires_in",
    "ext_expires_in",
    "hd",
    "iat",
    "include_granted_scopes",
    "interval",
    "jkt",
    "kid",
    "lang",
    "locale",
    "max_age",
    "nbf",
    "not-before-policy",
    "ok",
    "prompt",
    "protocol",
    "refresh_expires_in",
    "refresh_token_expires_in",
    "status",
    "success",
    "tenant",
    "trace_id",
    "typ",
    "version",
    "x_refresh_token_expires_in",
];

/// Ends of the names of metadata that stays as it is (RFC 8414 §2, RFC 7591 §2, OpenID Connect Discovery §3).
pub(super) const METADATA: &[&str] = &[
    "_auth_method",
    "_encryption_alg",
    "_encryption_enc",
    "_signing_alg",
    "_supported",
];

/// Members that hold URLs, whose parts are treated one by one.
pub(super) const URLS: &[&str] = &[
    "ReturnUrl",
    "continue",
    "goto",
    "next",
    "redirect",
    "redirectUri",
    "redirect_to",
    "redirect_uri",
    "redirect_uris",
    "redirect_url",
    "post_logout_redirect_uri",
    "post_logout_redirect_uris",
    "initiate_login_uri",
    "jwks_uri",
    "op_policy_uri",
    "op_tos_uri",
    "registration_client_uri",
    "return_to",
    "return_url",
    "returnTo",
    "returnUrl",
    "sector_identifier_uri",
    "service_documentation",
    "target_link_uri",
    "verification_uri",
    "verification_uri_complete",
    "verification_url",
];

/// What the name of a member ends in that holds the URL of an endpoint (RFC 8414 §2).
pub(super) const ENDPOINT: &str = "_endpoint";

/// Members of a public key (RFC 7517 §4, RFC 7518 §6) that stay where one is expected.
pub(super) const KEY_MEMBERS: &[&str] = &[
    "alg", "crv", "e", "key_ops", "kid", "kty", "n", "use", "x", "x5t", "x5t#S256", "y",
];

/// Members in which a public key is expected (RFC 7517 §5, RFC 9449 §4.2).
pub(super) const KEYS: &[&str] = &["jwk", "jwks", "keys"];

/// Header fields whose values stay, unless they look like a token, in the order of their names.
pub(super) const FIELDS: &[&str] = &[
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "accept-ranges",
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "access-control-expose-headers",
    "access-control-max-age",
    "access-control-request-headers",
    "access-control-request-method",
    "age",
    "allow",
    "alt-svc",
    "cache-control",
    "client-request-id",
    "connection",
    "content-encoding",
    "content-language",
    "content-length",
    "content-type",
    "cross-origin-embedder-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "date",
    "dnt",
    "expect",
    "expires",
    "host",
    "intuit_tid",
    "keep-alive",
    "last-modified",
    "origin-agent-cluster",
    "permissions-policy",
    "pragma",
    "priority",
    "proxy-connection",
    "ratelimit",
    "ratelimit-limit",
    "ratelimit-policy",
    "ratelimit-remaining",
    "ratelimit-reset",
    "referrer-policy",
    "request-id",
    "retry-after",
    "save-data",
    "sec-ch-ua",
    "sec-ch-ua-mobile",
    "sec-ch-ua-platform",
    "sec-fetch-dest",
    "sec-fetch-mode",
    "sec-fetch-site",
    "sec-fetch-user",
    "sec-gpc",
    "server",
    "strict-transport-security",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "upgrade-insecure-requests",
    "user-agent",
    "vary",
    "via",
    "x-content-type-options",
    "x-correlation-id",
    "x-dns-prefetch-control",
    "x-frame-options",
    "x-grantscope-error",
    "x-ms-correlation-request-id",
    "x-ms-ests-server",
    "x-ms-request-id",
    "x-okta-request-id",
    "x-powered-by",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "x-request-id",
    "x-requested-with",
    "x-xss-protection",
];

/// Header fields that hold a URL, or URLs among other words. The parts of each are treated one by one.
pub(super) const URL_FIELDS: &[&str] = &[
    "content-location",
    "link",
    "location",
    "origin",
    "referer",
    "refresh",
];

/// Attributes of a cookie that stay (RFC 6265 §4.1.2, and what browsers added).
pub(super) const COOKIE_ATTRIBUTES: &[&str] = &[
    "domain",
    "expires",
    "httponly",
    "max-age",
    "partitioned",
    "path",
    "priority",
    "samesite",
    "secure",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_are_in_the_order_in_which_they_are_searched() {
        assert!(FIELDS.is_sorted());
    }
}
