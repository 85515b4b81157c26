//! Clients that do not take our certificate for a host, and are passed on to it unread from then on, where the
//! configuration says so.
//!
//! A kind of client is known by the `User-Agent` of its CONNECT requests: an app with roots of its own must not make the
//! browser's login unread. Nothing is kept for longer than the proxy runs.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::tap::Rejection;

/// After so many rejections with nothing asked for in between, a kind of client is passed on.
const REJECTIONS: u8 = 2;
/// Of so many kinds of clients and hosts something is known. The oldest are forgotten.
const KEPT_MAX: usize = 1024;
/// So much of a `User-Agent` is kept, in characters.
const USER_AGENT_CHARS_MAX: usize = 200;

/// A kind of client, at a host.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Kind {
    host: String,
    port: u16,
    user_agent: Option<String>,
}

impl Kind {
    pub(crate) fn new(host: &str, port: u16, user_agent: Option<&str>) -> Self {
        Self {
            host: host.trim_end_matches('.').to_ascii_lowercase(),
            port,
            user_agent: user_agent.map(|it| it.chars().take(USER_AGENT_CHARS_MAX).collect()),
        }
    }
}

/// Who trusts us for which hosts, and who does not.
#[derive(Default)]
pub(crate) struct Distrust(Mutex<Known>);

#[derive(Default)]
struct Known {
    stances: HashMap<Kind, Stance>,
    oldest_first: VecDeque<Kind>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stance {
    /// It asked for something.
    Trusts,
    /// It rejected our certificate so often since it last asked for something.
    Rejected(u8),
}

impl Distrust {
    /// Notes that a client asked for something over TLS with us.
    pub(crate) fn trusts(&self, kind: &Kind) {
        let mut known = self.known();
        match known.stances.get_mut(kind) {
            // What is passed on asks us for nothing; a connection may have been under way.
            Some(Stance::Rejected(REJECTIONS..)) => {}
            Some(stance) => *stance = Stance::Trusts,
            None => known.add(kind, Stance::Trusts),
        }
    }

    /// Notes that a client would not go on with our certificate.
    pub(crate) fn rejected(&self, kind: &Kind, how: &Rejection) {
        let mut known = self.known();
        match known.stances.get_mut(kind) {
            Some(Stance::Rejected(count)) => *count = count.saturating_add(1),
            // Who trusts us opens connections ahead of need, and leaves them unused.
            Some(Stance::Trusts) if *how == Rejection::ClosedUnused => {}
            Some(stance) => *stance = Stance::Rejected(1),
            None => known.add(kind, Stance::Rejected(1)),
        }
    }

    /// Whether clients of this kind are to be passed on.
    pub(crate) fn contains(&self, kind: &Kind) -> bool {
        let stance = self.known().stances.get(kind).copied();
        matches!(stance, Some(Stance::Rejected(REJECTIONS..)))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn add(&mut self, kind: &Kind, stance: Stance) {
        self.stances.insert(kind.clone(), stance);
        self.oldest_first.push_back(kind.clone());
        if self.oldest_first.len() > KEPT_MAX
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            self.stances.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEFT: Rejection = Rejection::ClosedUnused;

    fn kind(user_agent: &str) -> Kind {
        Kind::new("IdP.test.", 443, Some(user_agent))
    }

    fn alert() -> Rejection {
        Rejection::Alert("UnknownCA".to_owned())
    }

    #[test]
    fn two_rejections_in_a_row_are_distrust() {
        let distrust = Distrust::default();
        for _ in 0..3 {
            distrust.rejected(&kind("app"), &alert());
            assert!(!distrust.contains(&kind("app")));
            distrust.trusts(&kind("app"));
        }
        distrust.rejected(&kind("app"), &alert());
        distrust.rejected(&kind("app"), &Rejection::ClosedInHandshake);
        assert!(distrust.contains(&Kind::new("idp.test", 443, Some("app"))));
        assert!(!distrust.contains(&kind("browser")));
        assert!(!distrust.contains(&Kind::new("idp.test", 8443, Some("app"))));
        distrust.trusts(&kind("app"));
        assert!(distrust.contains(&kind("app")));
    }

    #[test]
    fn who_trusts_us_may_leave_connections_unused() {
        let distrust = Distrust::default();
        distrust.trusts(&kind("browser"));
        for _ in 0..9 {
            distrust.rejected(&kind("browser"), &LEFT);
        }
        assert!(!distrust.contains(&kind("browser")));
        distrust.rejected(&kind("app"), &LEFT);
        distrust.rejected(&kind("app"), &LEFT);
        assert!(distrust.contains(&kind("app")));
    }

    #[test]
    fn what_is_known_is_bounded() {
        let distrust = Distrust::default();
        let first = kind("0");
        distrust.rejected(&first, &alert());
        distrust.rejected(&first, &alert());
        for number in 1..=KEPT_MAX {
            distrust.rejected(&kind(&number.to_string()), &alert());
        }
        assert!(!distrust.contains(&first));
        let known = distrust.known();
        assert_eq!(known.stances.len(), KEPT_MAX);
        assert_eq!(known.oldest_first.len(), KEPT_MAX);
    }
}
