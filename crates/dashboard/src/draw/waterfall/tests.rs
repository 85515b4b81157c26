//! Timings as they are drawn.

use std::time::Duration;

use grantscope_oauth::Timings;
use proptest::prelude::*;

use super::of_exchange;
use crate::draw::tests::{assert_sound, sheets, texts};

fn timings() -> Timings {
    let millis = |count| Some(Duration::from_millis(count));
    Timings {
        dns: millis(4),
        connect: millis(11),
        ssl: millis(23),
        send: millis(1),
        wait: millis(85),
        receive: millis(2),
        ..Timings::default()
    }
}

#[test]
fn only_what_was_measured_is_drawn() {
    let drawn = of_exchange(&timings(), "t").into_string();
    for (_, _, svg) in sheets(&drawn) {
        let texts: Vec<_> = texts(svg).into_iter().map(|it| it.text).collect();
        assert_eq!(
            texts,
            [
                "dns", "4 ms", "connect", "11 ms", "ssl", "23 ms", "send", "1 ms", "wait", "85 ms",
                "receive", "2 ms"
            ]
        );
    }
    assert!(
        of_exchange(&Timings::default(), "t")
            .into_string()
            .is_empty()
    );
}

proptest! {
    #[test]
    fn any_timings_are_drawn_within_their_edges(millis in prop::array::uniform7(prop::option::of(0_u64..100_000_000))) {
        let of = |at: usize| millis[at].map(Duration::from_millis);
        let timings = Timings {
            blocked: of(0), dns: of(1), connect: of(2), ssl: of(3), send: of(4), wait: of(5), receive: of(6),
        };
        assert_sound(&of_exchange(&timings, "t").into_string());
    }
}
