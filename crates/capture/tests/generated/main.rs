//! The diagnosis of a redacted capture is that of the raw one: for generated histories of logins and refreshes in which
//! clients alter what they present and servers repeat it in words of their own.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on fails, in its helpers too"
)]

mod play;
#[path = "../support/mod.rs"]
mod support;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use play::{Alteration, Step, Timed, WORDS, played};
use support::{diagnoses, difference, stored};

fn alteration() -> impl Strategy<Value = Alteration> {
    prop_oneof![
        4 => Just(Alteration::None),
        1 => select(vec![
            Alteration::CutOff,
            Alteration::LowerCased,
            Alteration::EncodedTwice,
            Alteration::PlusDecoded,
            Alteration::LineFeed,
            Alteration::Other,
        ]),
    ]
}

fn redeem() -> impl Strategy<Value = Step> {
    let uris = vec![
        "https://app.test/cb",
        "https://app.test/cb",
        "https://app.test/cb/",
        "https://app.test/cb?code=x",
        "https://app.test/reset/a1b2c3",
        "",
    ];
    (
        (alteration(), alteration()),
        select(uris),
        select(vec!["web", "web", "other", "jane@mail.x.test"]),
        select(vec!["s3cret-of-4711", "s3cret-of-4711", "wr0ng/s3cret", ""]),
        any::<(bool, bool)>(),
    )
        .prop_map(
            |(altered, redirect_uri, client, secret, (basic, granted))| Step::Redeem {
                code: altered.0,
                verifier: altered.1,
                redirect_uri,
                client,
                secret,
                basic,
                granted,
            },
        )
}

fn step() -> impl Strategy<Value = Timed> {
    let login = any::<(bool, bool)>().prop_map(|(seen, pkce)| Step::LogIn { seen, pkce });
    let refresh =
        (alteration(), any::<bool>()).prop_map(|(token, granted)| Step::Refresh { token, granted });
    let step = prop_oneof![2 => login, 4 => redeem(), 3 => refresh];
    (step, 1u64..900, select(WORDS.to_vec()))
}

proptest! {
    #[test]
    fn a_redacted_history_is_diagnosed_like_the_raw_one(steps in vec(step(), 1..12)) {
        let raw = played(&steps);
        let redacted = stored(&raw);
        let difference = difference(&raw, &redacted);
        prop_assert!(difference.is_none(), "{}", difference.unwrap_or_default());
        let again = stored(&redacted);
        prop_assert_eq!(format!("{redacted:?}"), format!("{again:?}"));
    }
}

/// Histories in which nothing is refused would show nothing.
#[test]
fn the_histories_hold_refusals_of_several_causes() {
    let redeem = |code, verifier, client, granted| Step::Redeem {
        code,
        verifier,
        redirect_uri: "https://app.test/cb",
        client,
        secret: "s3cret-of-4711",
        basic: true,
        granted,
    };
    let login = Step::LogIn {
        seen: true,
        pkce: true,
    };
    let steps = [
        login.clone(),
        redeem(Alteration::None, Alteration::None, "web", true),
        redeem(Alteration::None, Alteration::None, "web", false),
        login.clone(),
        redeem(Alteration::None, Alteration::Other, "web", false),
        login,
        redeem(Alteration::CutOff, Alteration::None, "web", false),
    ];
    let raw = played(&steps.map(|step| (step, 1, WORDS[1])));
    let proven: Vec<_> = diagnoses(&raw)
        .iter()
        .map(|it| it.verdicts[0].0.id())
        .collect();
    assert_eq!(
        proven,
        ["code-reused", "pkce-verifier-mismatch", "code-altered"]
    );
}
