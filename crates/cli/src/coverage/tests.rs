use std::sync::Arc;

use grantscope_oauth::{Exchange, FingerprintKey, Providers, Reader};
use grantscope_proxy::Rejection;
use grantscope_testkit::scenarios;

use super::*;

fn client() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 40_000))
}

fn connected() -> End {
    End {
        connections: 1,
        direct: Vec::new(),
        start: Start::Elsewhere,
        daemons: Vec::new(),
    }
}

/// The coverage of exchanges that are written as on the pages of causes.
fn coverage(exchanges: &str) -> Coverage {
    let page = format!(
        "## Scenarios\n\n### One\n\n```http\n{exchanges}\n```\n```verdicts\nproven code-reused exchange 1\n```\n"
    );
    let scenarios = scenarios("code-reused", &page).unwrap();
    let reader = Reader::new(
        FingerprintKey::new([1; 32]),
        Arc::new(Providers::embedded()),
    );
    let mut coverage = Coverage::default();
    let all: Vec<Exchange> = scenarios.into_iter().flat_map(|it| it.exchanges).collect();
    assert!(!all.is_empty());
    for exchange in &all {
        coverage.exchange(&reader.read(exchange));
    }
    coverage
}

fn kinds(gaps: &[Gap]) -> Vec<&'static str> {
    gaps.iter().map(|gap| gap.kind).collect()
}

const AUTHORIZE: &str = "@0s GET https://idp.test/authorize?response_type=code&client_id=web&redirect_uri=https://app.test/cb&state=s1
     302 Location: https://app.test/cb?code=C1&state=s1";
const TOKEN: &str = "@1s POST https://idp.test/token  grant_type=authorization_code&code=C1&redirect_uri=https://app.test/cb&client_id=web
     200 {\"access_token\":\"A1\",\"token_type\":\"Bearer\"}";
const PAGE: &str = "@0s GET https://app.test/\n     200 Content-Type: text/html  <p>Hello</p>";

#[test]
fn what_was_not_seen_is_told_at_the_end() {
    let nothing = Coverage::default();
    assert_eq!(kinds(&nothing.at_end(&End::default())), ["nothing-arrived"]);
    assert_eq!(
        kinds(&coverage(PAGE).at_end(&connected())),
        ["no-oauth-seen"]
    );
    assert_eq!(
        kinds(&coverage(AUTHORIZE).at_end(&connected())),
        ["token-leg-unseen"]
    );
    assert_eq!(
        kinds(&coverage(TOKEN).at_end(&connected())),
        ["authorize-leg-unseen"]
    );
    let whole = coverage(&format!("{AUTHORIZE}\n{TOKEN}"));
    assert_eq!(kinds(&whole.at_end(&connected())), [] as [&str; 0]);
}

#[test]
fn a_command_that_run_started_is_not_told_to_be_started_by_run() {
    let fix = |start| {
        let end = End {
            start,
            ..End::default()
        };
        Coverage::default().at_end(&end).remove(0).fix
    };
    assert!(fix(Start::Elsewhere).starts_with("Start the program by `grantscope run"));
    assert!(fix(Start::Run).starts_with("The command may not have come to the login"));
    assert!(
        fix(Start::Container(8642))
            .contains("a firewall of this machine keeps containers from port 8642")
    );
}

#[test]
fn a_connection_past_the_proxy_is_named_where_something_is_missing() {
    let direct = |port| Direct {
        program: "node".to_owned(),
        to: SocketAddr::from(([203, 0, 113, 1], port)),
    };
    let end = End {
        connections: 1,
        direct: (1..=7).map(direct).collect(),
        start: Start::Run,
        daemons: Vec::new(),
    };
    let gaps = coverage(PAGE).at_end(&end);
    assert_eq!(kinds(&gaps), ["no-oauth-seen", "went-past"]);
    assert!(
        gaps[1].summary.contains("node to 203.0.113.1:1, "),
        "{gaps:?}"
    );
    assert!(gaps[1].summary.ends_with("and others"), "{gaps:?}");
    let whole = coverage(&format!("{AUTHORIZE}\n{TOKEN}"));
    assert!(whole.at_end(&end).is_empty());
}

#[test]
fn a_client_that_rejects_the_certificate_is_told_of_once_with_the_remedy_of_its_runtime() {
    let mut coverage = Coverage::default();
    let rejection = |user_agent: Option<&str>, how| Notice::ClientRejectedCertificate {
        host: "idp.test".to_owned(),
        client: client(),
        user_agent: user_agent.map(str::to_owned),
        how,
    };
    let java = rejection(Some("Java/17.0.15"), Rejection::ClosedInHandshake);
    let gap = coverage.notice(&java).unwrap();
    assert_eq!(gap.kind, "client-rejected-certificate");
    assert!(gap.fix.contains("bundle.jks"), "{gap:?}");
    assert_eq!(coverage.notice(&java), None);
    let nameless = rejection(None, Rejection::Alert("CertificateUnknown".to_owned()));
    assert_eq!(
        coverage.notice(&nameless),
        None,
        "the same runtime at the same host"
    );
    let other = rejection(Some("x/1"), Rejection::Alert("UnknownCA".to_owned()));
    assert!(coverage.notice(&other).unwrap().fix.contains("ca path"));
}

#[test]
fn a_client_that_is_passed_on_since_it_rejects_the_certificate_is_told_of_once() {
    let notice = Notice::Tunnelled {
        host: "idp.test:443".to_owned(),
        client: client(),
        reason: TunnelReason::Distrusted,
    };
    let mut coverage = Coverage::default();
    let gap = coverage.notice(&notice).unwrap();
    assert_eq!(gap.kind, "unread");
    assert!(gap.summary.contains("rejected grantscope's certificate"));
    assert!(gap.fix.contains("auto_passthrough"), "{}", gap.fix);
    assert_eq!(coverage.notice(&notice), None);
}

#[test]
fn metadata_that_lead_past_are_told_of_once_a_server() {
    let mut coverage = Coverage::default();
    let notice = |host: &str| Notice::MetadataUnchanged {
        host: host.to_owned(),
        reason: "they are no JSON object",
    };
    let gap = coverage.notice(&notice("idp.test:443")).unwrap();
    assert_eq!(gap.kind, "metadata-unchanged");
    assert!(gap.summary.contains("no JSON object") && gap.fix.contains("--reverse"));
    assert_eq!(coverage.notice(&notice("idp.test:443")), None);
    assert!(coverage.notice(&notice("other.test:443")).is_some());
}
