//! Durations as people read them.

use std::time::Duration;

/// `340 ms`, `4.2 s`, `3 min 20 s`, `7 d 2 h`, `10 min`.
pub fn readable(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0 => format!("{} ms", duration.subsec_millis()),
        1..60 => format!("{:.1} s", duration.as_secs_f64()),
        60..3_600 => two((seconds / 60, "min"), (seconds % 60, "s")),
        3_600..86_400 => two((seconds / 3_600, "h"), (seconds % 3_600 / 60, "min")),
        _ => two((seconds / 86_400, "d"), (seconds % 86_400 / 3_600, "h")),
    }
}

fn two((whole, unit): (u64, &str), (rest, part): (u64, &str)) -> String {
    match rest {
        0 => format!("{whole} {unit}"),
        _ => format!("{whole} {unit} {rest} {part}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_given_in_the_two_units_that_matter() {
        let of = |millis| readable(Duration::from_millis(millis));
        assert_eq!(of(0), "0 ms");
        assert_eq!(of(340), "340 ms");
        assert_eq!(of(4_210), "4.2 s");
        assert_eq!(of(200_000), "3 min 20 s");
        assert_eq!(of(7_200_000), "2 h");
        assert_eq!(of(612_000_000), "7 d 2 h");
    }
}
