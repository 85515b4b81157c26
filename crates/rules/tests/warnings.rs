//! Every scenario of `docs/warnings.md` is run, and warns of what it says and of nothing else.

#![expect(
    clippy::unwrap_used,
    reason = "a page that cannot be read fails the test, in its helpers too"
)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use grantscope_correlation::{Correlator, Event};
use grantscope_oauth::{Exchange, FingerprintKey, Providers, Reader};
use grantscope_rules::{Cause, Concern, Warning, warn, warn_at_end};
use grantscope_testkit::{Scenario, scenarios};

const KEY: FingerprintKey = FingerprintKey::new([42; 32]);
const PAGE: &str = include_str!("../../../docs/warnings.md");

/// The warnings of a session, each told once.
fn warnings(exchanges: &[Exchange]) -> Vec<Warning> {
    let reader = Reader::new(KEY, Arc::new(Providers::embedded()));
    let ledger = Correlator::default();
    let mut events: Vec<_> = exchanges
        .iter()
        .flat_map(|exchange| {
            let answered = exchange.answered_at().unwrap_or(exchange.sent_at());
            [
                (exchange.sent_at(), false, exchange),
                (answered, true, exchange),
            ]
        })
        .collect();
    events.sort_by_key(|(at, is_over, exchange)| (*at, exchange.id, *is_over));
    let mut found = Vec::new();
    for (_, is_over, exchange) in events {
        if is_over {
            ledger.observe(Event::Finished(reader.read(exchange)));
            found.extend(warn(ledger.history(), &reader, exchange));
        } else {
            let sent = Exchange {
                response: None,
                ..exchange.clone()
            };
            ledger.observe(Event::RequestSent(reader.read(&sent)));
        }
    }
    let ids: Vec<_> = exchanges.iter().map(|exchange| exchange.id).collect();
    found.extend(warn_at_end(ledger.history(), &reader, &ids));
    let mut told = BTreeSet::new();
    found.retain(|warning| told.insert(warning.key()));
    found
}

fn shown(warning: &Warning) -> (String, u64) {
    (warning.concern.id().to_owned(), warning.place.exchange.0)
}

fn all() -> Vec<Scenario> {
    scenarios("warnings.md", PAGE).unwrap()
}

#[test]
fn every_scenario_warns_of_what_it_says_and_of_nothing_else() {
    let mut faults = Vec::new();
    for scenario in all() {
        let mut found: Vec<_> = warnings(&scenario.exchanges).iter().map(shown).collect();
        let expected = scenario.warnings.as_ref().unwrap().iter();
        let mut expected: Vec<_> = expected
            .map(|warning| (warning.concern.clone(), warning.exchange))
            .collect();
        found.sort();
        expected.sort();
        if found != expected {
            faults.push(format!(
                "{}:{} {}: warned of {found:?}, and it should be {expected:?}",
                scenario.page, scenario.line, scenario.title
            ));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn every_warning_has_its_section_and_scenarios_for_and_against() {
    let headings: Vec<_> = PAGE
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .collect();
    let ids: Vec<_> = Concern::ALL.iter().map(|concern| concern.id()).collect();
    assert_eq!(headings, ids);
    for concern in Concern::ALL {
        for text in [concern.summary(), concern.why(), concern.fix()] {
            assert!(!text.is_empty(), "{concern} lacks a sentence");
        }
        assert!(
            concern.references().count() > 0,
            "{concern} has no reference"
        );
        assert_eq!(Concern::read(concern.id()), Some(*concern));
        let start = PAGE.find(&format!("\n## {concern}\n")).unwrap();
        let section = &PAGE[start + 1..];
        let end = section[1..]
            .find("\n## ")
            .map_or(section.len(), |at| at + 1);
        let scenarios = scenarios("warnings.md", &section[..end]).unwrap();
        let fires = |scenario: &Scenario| {
            let warnings = scenario.warnings.as_ref().unwrap();
            warnings
                .iter()
                .any(|warning| warning.concern == concern.id())
        };
        assert!(scenarios.iter().any(fires), "{concern} is never shown");
        assert!(!scenarios.iter().all(fires), "{concern} has no near miss");
    }
}

/// What each warning says, for whoever reviews the words.
#[test]
fn the_words_of_the_warnings() {
    let mut text = String::new();
    for scenario in all() {
        for warning in warnings(&scenario.exchanges) {
            writeln!(text, "{}: {}", warning.concern, warning.summary()).unwrap();
            for evidence in warning.evidence() {
                writeln!(
                    text,
                    "  {} {} ({})",
                    evidence.exchange, evidence.text, evidence.place
                )
                .unwrap();
            }
            writeln!(text, "  fix: {}", warning.remedy()).unwrap();
        }
    }
    insta::assert_snapshot!(text);
}

/// The flows of the causes' pages may lack a protection, and it is right to say so. None of them loses or repeats anything
/// but what is refused.
#[test]
fn the_pages_of_the_causes_warn_of_missing_protection_at_most() {
    let of = |cause: &Cause| scenarios(cause.id(), cause.page().markdown()).unwrap();
    for scenario in Cause::ALL.iter().flat_map(of) {
        for warning in warnings(&scenario.exchanges) {
            let is_sound = !matches!(
                warning.concern,
                Concern::CodeNearlyExpired | Concern::CodeNotRedeemed | Concern::StateReused
            );
            assert!(
                is_sound,
                "{} {}: {warning:?}",
                scenario.page, scenario.title
            );
        }
    }
}
