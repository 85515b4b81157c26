//! Which hosts the user names to be passed on unread.

/// Hosts, each as `host`, `host:port`, or `.example.com` (also `*.example.com`) for all names below.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hosts(Vec<String>);

impl Hosts {
    pub(crate) fn new(patterns: &[String]) -> Self {
        let patterns = patterns.iter();
        Self(patterns.map(|pattern| normalize(pattern)).collect())
    }

    pub(crate) fn contains(&self, host: &str, port: u16) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let host = normalize(host);
        let with_port = format!("{host}:{port}");
        self.0
            .iter()
            .any(|pattern| matches(pattern, &host) || matches(pattern, &with_port))
    }
}

fn matches(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix('.') {
        Some(_) => host.ends_with(pattern) && host.len() > pattern.len(),
        None => pattern == host,
    }
}

/// Without brackets, final dot and difference of case; `*.` is another spelling of `.`.
fn normalize(host: &str) -> String {
    let host = host.trim().to_ascii_lowercase().replace(['[', ']'], "");
    let host = host.strip_prefix('*').unwrap_or(&host);
    host.trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_named_exactly_or_by_what_it_ends_in() {
        let hosts = Hosts::new(
            &["IdP.example", "*.internal", "db.example:5432", "[::1]"].map(String::from),
        );
        assert!(hosts.contains("idp.example", 443));
        assert!(hosts.contains("idp.example.", 443));
        assert!(!hosts.contains("www.idp.example", 443));
        assert!(hosts.contains("a.b.internal", 443));
        assert!(!hosts.contains("internal", 443));
        assert!(!hosts.contains("notinternal", 443));
        assert!(hosts.contains("db.example", 5432));
        assert!(!hosts.contains("db.example", 443));
        assert!(hosts.contains("::1", 443));
    }
}
