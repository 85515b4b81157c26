//! Times as a page writes them: `250ms`, `1.5s`, `90s`, `2m`, `3h`, `7d`, and sums such as `1h30m`.

use std::time::Duration;

use super::error::Fault;

/// Reads the text behind `@` or `+`.
pub(super) fn read(text: &str) -> Result<Duration, Fault> {
    let fault = || Fault::NotATime(text.to_owned());
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let (part, after) = part(rest).ok_or_else(fault)?;
        total = total.checked_add(part).ok_or_else(fault)?;
        rest = after;
    }
    if text.is_empty() {
        Err(fault())
    } else {
        Ok(total)
    }
}

/// One number with its unit, and what follows it.
fn part(text: &str) -> Option<(Duration, &str)> {
    let number_end = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, rest) = text.split_at(number_end);
    let unit_end = rest
        .find(|c: char| !c.is_ascii_alphabetic())
        .unwrap_or(rest.len());
    let (unit, after) = rest.split_at(unit_end);
    let seconds = number.parse::<f64>().ok()? * unit_s(unit)?;
    Some((Duration::try_from_secs_f64(seconds).ok()?, after))
}

fn unit_s(unit: &str) -> Option<f64> {
    match unit {
        "ms" => Some(0.001),
        "s" => Some(1.0),
        "m" => Some(60.0),
        "h" => Some(3_600.0),
        "d" => Some(86_400.0),
        _ => None,
    }
}
