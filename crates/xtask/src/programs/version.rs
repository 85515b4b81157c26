//! The version in what a program prints of itself, as far as it matters here.

/// `v20.19.2` and `Python 3.11.7`: the first two numbers; the second is 0 where there is one alone (`javac 21`).
pub(super) fn major_and_minor(text: &str) -> Option<(u32, u32)> {
    let number = text.find(|c: char| c.is_ascii_digit())?;
    let mut parts = text[number..].split('.');
    let major = parts.next()?.trim().parse().ok()?;
    let minor = parts.next().map_or(Some(0), |minor| minor.parse().ok())?;
    Some((major, minor))
}

#[cfg(test)]
mod tests {
    use super::major_and_minor;

    #[test]
    fn the_first_two_numbers_count() {
        assert_eq!(major_and_minor("v20.19.2"), Some((20, 19)));
        assert_eq!(major_and_minor("Python 3.11.7"), Some((3, 11)));
        assert_eq!(major_and_minor("javac 21\n"), Some((21, 0)));
        assert_eq!(major_and_minor("none"), None);
    }
}
