//! Every scenario of every cause page is run, and its verdicts must come true, those that it does not name included.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on fails, in its helpers too"
)]

use std::fmt::Write as _;
use std::sync::Arc;

use grantscope_correlation::{Correlator, Event};
use grantscope_oauth::{Exchange, FingerprintKey, Providers, Reader};
use grantscope_rules::{Case, Cause, Diagnosis, Page, Verdict, diagnose};
use grantscope_testkit::{Scenario, scenarios};

const KEY: FingerprintKey = FingerprintKey::new([42; 32]);

fn all() -> Vec<Scenario> {
    let of = |cause: &Cause| scenarios(cause.id(), cause.page().markdown()).unwrap();
    Cause::ALL.iter().flat_map(of).collect()
}

/// The diagnosis of the last refusal.
fn diagnosis(scenario: &Scenario) -> Option<Diagnosis> {
    let providers = Arc::new(Providers::embedded());
    let reader = Reader::new(KEY, Arc::clone(&providers));
    let ledger = Correlator::default();
    for exchange in &scenario.exchanges {
        if exchange.response.is_some() {
            let sent = Exchange {
                response: None,
                ..exchange.clone()
            };
            ledger.observe(Event::RequestSent(reader.read(&sent)));
        }
        ledger.observe(Event::Finished(reader.read(exchange)));
    }
    let history = ledger.history();
    let mut ids: Vec<_> = scenario
        .exchanges
        .iter()
        .map(|exchange| exchange.id)
        .collect();
    ids.sort_unstable();
    ids.into_iter()
        .rev()
        .find_map(|id| Some(diagnose(&Case::of(history, &providers, id)?)))
}

fn faults(scenario: &Scenario) -> Vec<String> {
    let Some(diagnosis) = diagnosis(scenario) else {
        return if scenario.expects_no_diagnosis {
            Vec::new()
        } else {
            vec!["there is no diagnosis".to_owned()]
        };
    };
    if scenario.expects_no_diagnosis {
        return vec![format!(
            "a healthy flow was diagnosed as {:?}",
            diagnosis.top()
        )];
    }
    let mut faults: Vec<_> = diagnosis
        .broken
        .iter()
        .map(|cause| format!("the rule {cause} panicked"))
        .collect();
    for expected in &scenario.verdicts {
        let found = Cause::read(&expected.cause).and_then(|cause| diagnosis.finding(cause));
        let verdict = found.map_or("not applicable", |finding| finding.verdict().id());
        if verdict != expected.verdict {
            faults.push(format!(
                "{} is {verdict}, and should be {}",
                expected.cause, expected.verdict
            ));
        }
    }
    for finding in diagnosis
        .findings
        .iter()
        .filter(|finding| finding.verdict() >= Verdict::Likely)
    {
        if scenario
            .verdicts
            .iter()
            .all(|expected| expected.cause != finding.cause().id())
        {
            let verdict = finding.verdict().id();
            faults.push(format!(
                "{} is {verdict}, and the page does not say so: {finding:?}",
                finding.cause()
            ));
        }
    }
    faults.extend(wrong_top(scenario, &diagnosis));
    faults
}

/// The first verdict that a scenario names is that of the cause which must stand out, where it is more than possible.
fn wrong_top(scenario: &Scenario, diagnosis: &Diagnosis) -> Option<String> {
    let first = scenario
        .verdicts
        .first()
        .filter(|first| matches!(first.verdict.as_str(), "proven" | "likely"))?;
    let top = diagnosis.top().map(|finding| finding.cause().id());
    (top != Some(first.cause.as_str()))
        .then(|| format!("the cause that stands out is {top:?}, not {}", first.cause))
}

#[test]
fn every_scenario_yields_its_verdicts() {
    let mut report = String::new();
    for scenario in all() {
        for fault in faults(&scenario) {
            writeln!(
                report,
                "{}:{} {}: {fault}",
                scenario.page, scenario.line, scenario.title
            )
            .unwrap();
        }
    }
    assert!(report.is_empty(), "\n{report}");
}

#[test]
fn every_page_has_its_title_its_headings_and_three_scenarios() {
    for &cause in Cause::ALL {
        let page = cause.page();
        assert_eq!(
            page.markdown().lines().next(),
            Some(format!("# {cause}").as_str())
        );
        let headings: Vec<_> = page
            .markdown()
            .lines()
            .filter_map(|line| line.strip_prefix("## "))
            .collect();
        assert_eq!(headings, Page::HEADINGS, "{cause}");
        assert!(
            !page.summary().is_empty() && !page.fix().is_empty(),
            "{cause}"
        );
        assert!(page.references().count() > 0, "{cause} has no reference");
        let settled_by = cause.settled_by();
        assert!(
            settled_by.starts_with(|c: char| c.is_lowercase() || c == '`')
                && !settled_by.ends_with('.'),
            "{cause} is settled by {settled_by:?}"
        );
        assert!(
            scenarios(cause.id(), page.markdown()).unwrap().len() >= 3,
            "{cause} has fewer than three scenarios"
        );
    }
}

#[test]
fn what_a_server_adds_is_named_before_what_settles_a_cause_anywhere() {
    let page = "# code-reused\n\n## Scenarios\n\n### One\n\n```http\n@0s   POST https://sso.test/realms/a/protocol/openid-connect/token\n      grant_type=authorization_code&client_id=web&code=a.b.c\n      400 {\"error\":\"invalid_grant\",\"error_description\":\"Code not valid\"}\n```\n```verdicts\npossible  code-reused\n```\n";
    let scenarios = scenarios("code-reused", page).unwrap();
    let diagnosis = diagnosis(&scenarios[0]).unwrap();
    let unseen = diagnosis.finding(Cause::CodeReused).unwrap().unseen();
    assert!(unseen[0].contains("already used"), "{unseen:?}");
    assert_eq!(unseen[1], Cause::CodeReused.settled_by());
}

/// The diagnosis of a token request to this URL that is refused by this content.
fn refused(url: &str, form: &str, content: &str) -> Diagnosis {
    let page = format!(
        "# code-reused\n\n## Scenarios\n\n### One\n\n```http\n@0s   POST {url}\n      {form}\n      400 {content}\n```\n```verdicts\npossible  code-reused\n```\n"
    );
    diagnosis(&scenarios("code-reused", &page).unwrap()[0]).unwrap()
}

#[test]
fn the_fix_holds_what_helps_at_this_server() {
    let diagnosis = refused(
        "https://login.salesforce.com/services/oauth2/token",
        "grant_type=refresh_token&client_id=web&refresh_token=R1",
        r#"{"error":"invalid_grant","error_description":"inactive user"}"#,
    );
    let top = diagnosis.top().unwrap();
    assert_eq!(top.cause(), Cause::UserBlocked);
    let (general, own) = top.remedy().split_once(" At Salesforce: ").unwrap();
    assert_eq!(general, Cause::UserBlocked.fix());
    assert!(own.contains("Login History"), "{own}");
}

#[test]
fn the_words_that_count_are_quoted_though_they_stand_beside_the_description() {
    let diagnosis = refused(
        "https://api.test/oauth/token",
        "grant_type=authorization_code&client_id=web&code=C1c1C1c1",
        r#"{"error":"invalid_request","error_description":"The request is malformed.","hint":"Authorization code has been revoked"}"#,
    );
    let top = diagnosis.top().unwrap();
    assert_eq!(top.cause(), Cause::CodeReused);
    let evidence = &top.evidence()[0].text;
    assert!(evidence.contains("has been revoked"), "{evidence}");
}

#[test]
fn a_redirect_uri_that_is_not_registered_is_said_to_be_that() {
    let diagnosis = refused(
        "https://api.test/oauth/token",
        "grant_type=authorization_code&client_id=web&code=C1c1C1c1&redirect_uri=https://a.test/cb",
        r#"{"error":"invalid_grant","error_description":"Invalid redirect: it does not match one of the registered values"}"#,
    );
    let top = diagnosis.top().unwrap();
    assert_eq!(top.cause(), Cause::RedirectUriMismatch);
    assert!(
        top.summary().ends_with("registered for the client"),
        "{}",
        top.summary()
    );
}

#[test]
fn a_proof_of_another_time_is_told_from_one_of_another_key() {
    let diagnosis = refused(
        "https://api.test/oauth/token",
        "grant_type=authorization_code&client_id=web&code=C1c1C1c1",
        r#"{"error":"invalid_dpop_proof","error_description":"\"iat\" is too far in the past"}"#,
    );
    let top = diagnosis.top().unwrap();
    assert_eq!(top.cause(), Cause::SenderKeyMismatch);
    assert!(top.remedy().contains("NTP"), "{}", top.remedy());
}

/// An id is stable once released: a change of this list is a change of the contract.
#[test]
fn the_list_of_causes_is_the_released_one() {
    let ids: Vec<_> = Cause::ALL.iter().map(|cause| cause.id()).collect();
    insta::assert_snapshot!(ids.join("\n"));
}
