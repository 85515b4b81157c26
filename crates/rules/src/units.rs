//! Durations as people read them.

use std::time::Duration;

/// `340 ms`, `4.2 s`, `3 min 20 s`, `7 d 2 h`.
pub fn readable(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0 => format!("{} ms", duration.subsec_millis()),
        1..60 => format!("{:.1} s", duration.as_secs_f64()),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds % 86_400 / 3_600),
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
        assert_eq!(of(7_200_000), "2 h 0 min");
        assert_eq!(of(612_000_000), "7 d 2 h");
    }
}
