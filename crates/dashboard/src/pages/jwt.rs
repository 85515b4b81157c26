//! What a JSON Web Token says in the clear (RFC 7519 §4.1), with its times against those of the exchange and against now.

use grantscope_oauth::{Exchange, JwtFacts};
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};

use crate::text::text;

/// The clocks by which the times of a token are looked at.
pub(super) struct Clock {
    /// When the exchange was over, or begun where no answer was seen; by our clock.
    exchange: Timestamp,
    /// What the server's clock said then: its field `Date` (RFC 9110 §6.6.1).
    server: Option<Timestamp>,
    /// When the page is looked at.
    now: Timestamp,
}

impl Clock {
    pub(super) fn of(exchange: &Exchange, now: Timestamp) -> Self {
        let response = exchange.response.as_ref();
        let date = response.and_then(|it| it.headers.first("date"));
        Self {
            exchange: exchange.answered_at().unwrap_or(exchange.started_at),
            server: date
                .and_then(|date| jiff::fmt::rfc2822::parse(date).ok())
                .map(|date| date.timestamp()),
            now,
        }
    }

    /// How far the server's clock is from ours, where that can be told: the field has whole seconds.
    pub(super) fn server_is_ahead(&self) -> Option<String> {
        let ahead = self.server?.duration_since(self.exchange).as_secs();
        Some(match ahead {
            -1..=1 => "agrees with ours".to_owned(),
            2.. => format!("{ahead} s ahead of ours"),
            _ => format!("{} s behind ours", ahead.unsigned_abs()),
        })
    }
}

/// The header and the claims.
pub(super) fn show(facts: &JwtFacts, clock: &Clock) -> Markup {
    let texts = [
        ("alg", &facts.alg),
        ("kid", &facts.kid),
        ("typ", &facts.typ),
        ("iss", &facts.iss),
        ("azp", &facts.azp),
        ("jkt", &facts.jkt),
    ];
    let times = [("iat", facts.iat), ("nbf", facts.nbf), ("exp", facts.exp)];
    html! {
        table.claims {
            caption { "The token says of itself" }
            tbody {
                @for (name, of) in texts { @if let Some(of) = of { tr { th scope="row" { (name) } td { code { (text(of)) } } } } }
                @if !facts.aud.is_empty() {
                    tr { th scope="row" { "aud" } td { @for one in &facts.aud { code { (text(one)) } " " } } }
                }
                @for (name, seconds) in times { @if let Some(seconds) = seconds { (time(name, seconds, clock)) } }
            }
        }
    }
}

fn time(name: &str, seconds: i64, clock: &Clock) -> Markup {
    let Ok(at) = Timestamp::from_second(seconds) else {
        return html! { tr { th scope="row" { (name) } td { (seconds) " is no time" } } };
    };
    html! {
        tr {
            th scope="row" { (name) }
            td {
                time datetime=(at) { (at.strftime("%Y-%m-%d %H:%M:%S")) " UTC" }
                ", " (apart(at, clock.exchange)) " the exchange"
                @if let Some(server) = clock.server { ", " (apart(at, server)) " the server's clock" }
                ", " (apart(at, clock.now)) " now"
            }
        }
    }
}

/// How long one moment is before or after another: `2 min 3 s after`.
fn apart(at: Timestamp, other: Timestamp) -> String {
    let apart = at.duration_since(other);
    let word = if apart.is_negative() {
        "before"
    } else {
        "after"
    };
    format!("{} {word}", rough(apart))
}

/// A duration in its two greatest units.
fn rough(duration: SignedDuration) -> String {
    let seconds = duration.as_secs().unsigned_abs();
    let units = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let mut left = seconds;
    let mut parts = Vec::new();
    for (unit, name) in units {
        let whole = left / unit;
        left %= unit;
        if whole > 0 {
            parts.push(format!("{whole} {name}"));
        }
    }
    parts.truncate(2);
    if parts.is_empty() {
        "0 s".to_owned()
    } else {
        parts.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_told_in_its_greatest_units() {
        let rough = |seconds| rough(SignedDuration::from_secs(seconds));
        assert_eq!(rough(0), "0 s");
        assert_eq!(rough(61), "1 min 1 s");
        assert_eq!(rough(-90_061), "1 d 1 h");
        assert_eq!(rough(7_200), "2 h");
    }

    #[test]
    fn a_claim_is_before_or_after_each_clock() {
        let at = |seconds: i64| Timestamp::from_second(1_700_000_000 + seconds).unwrap();
        let clock = Clock {
            exchange: at(0),
            server: Some(at(300)),
            now: at(3_660),
        };
        assert_eq!(clock.server_is_ahead().unwrap(), "300 s ahead of ours");
        let shown = time("exp", 1_700_000_060, &clock).into_string();
        assert!(shown.contains("1 min after the exchange"), "{shown}");
        assert!(shown.contains("4 min before the server's clock"), "{shown}");
        assert!(shown.contains("1 h before now"), "{shown}");
        assert!(
            time("exp", i64::MAX, &clock)
                .into_string()
                .contains("no time")
        );
    }
}
