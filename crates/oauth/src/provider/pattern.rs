//! Texts with `*` in them, which stands for any characters.

/// A text in lower case, made once for all the patterns that it is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lowered(String);

impl Lowered {
    pub(super) fn new(text: &str) -> Self {
        Self(text.to_lowercase())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a pattern is the whole of it, whatever the case. One without wildcards, as that of a path is in most cases, is not
    /// taken apart for it: every request without OAuth is asked for its path.
    pub(super) fn is(&self, pattern: &str) -> bool {
        if pattern.is_ascii() && !pattern.contains('*') {
            return pattern.eq_ignore_ascii_case(&self.0);
        }
        Pattern::new(pattern).is_whole(self)
    }

    /// The text without white space around it and without a full stop.
    fn sentence(&self) -> &str {
        self.0.trim().trim_end_matches('.')
    }
}

/// A text with wildcards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    /// In lower case; what is between two wildcards is found in this order.
    pieces: Vec<String>,
}

impl Pattern {
    pub(super) fn new(text: &str) -> Self {
        Self {
            pieces: text.to_lowercase().split('*').map(str::to_owned).collect(),
        }
    }

    /// Whether it is the whole of a text, whatever the case.
    pub(super) fn is_whole(&self, text: &Lowered) -> bool {
        self.covers(&text.0)
    }

    /// Whether it is the whole of a text, but for a full stop.
    pub(super) fn is_sentence(&self, text: &Lowered) -> bool {
        self.covers(text.sentence())
    }

    fn covers(&self, text: &str) -> bool {
        let [first, middle @ .., last] = self.pieces.as_slice() else {
            return self.pieces.first().is_some_and(|only| only == text);
        };
        let Some(rest) = text.strip_prefix(first.as_str()) else {
            return false;
        };
        let Some(rest) = rest.strip_suffix(last.as_str()) else {
            return false;
        };
        after(rest, middle).is_some()
    }

    /// Whether it is somewhere in a text, whatever the case, and begins and ends where words do.
    pub(super) fn is_within(&self, text: &Lowered) -> bool {
        let text = &text.0;
        let [first, rest @ ..] = self.pieces.as_slice() else {
            return false;
        };
        let starts = text.match_indices(first.as_str());
        let mut ends = starts
            .filter(|(start, piece)| is_free(&text[..*start], piece.chars().next(), Side::Before))
            .map(|(start, piece)| start + piece.len());
        if rest.is_empty() {
            return ends.any(|end| continues(text, end, rest));
        }
        // What follows a later start follows the first one, too.
        ends.next().is_some_and(|end| continues(text, end, rest))
    }
}

impl Pattern {
    /// A text without the first place where this pattern is.
    pub(super) fn taken_out_of(&self, Lowered(text): Lowered) -> Lowered {
        let [first, rest @ ..] = self.pieces.as_slice() else {
            return Lowered(text);
        };
        let cut = text.find(first.as_str()).and_then(|start| {
            let left = after(&text[start + first.len()..], rest)?;
            Some(format!("{}{left}", &text[..start]))
        });
        Lowered(cut.unwrap_or(text))
    }
}

/// Whether the other pieces follow from here, and the last ends where a word does.
fn continues(text: &str, from: usize, pieces: &[String]) -> bool {
    let ends_word = |end: usize| {
        let last = text[..end].chars().next_back();
        is_free(&text[end..], last, Side::After)
    };
    let Some((last, middle)) = pieces.split_last() else {
        return ends_word(from);
    };
    let Some(left) = after(&text[from..], middle) else {
        return false;
    };
    let offset = text.len() - left.len();
    last.is_empty()
        || left
            .match_indices(last.as_str())
            .any(|(at, piece)| ends_word(offset + at + piece.len()))
}

/// What is left of a text behind these pieces, found in their order.
fn after<'a>(text: &'a str, pieces: &[String]) -> Option<&'a str> {
    pieces.iter().try_fold(text, |rest, piece| {
        let at = rest.find(piece.as_str())?;
        Some(&rest[at + piece.len()..])
    })
}

#[derive(Clone, Copy)]
enum Side {
    Before,
    After,
}

/// Whether the edge of a piece is not in the middle of a word.
fn is_free(beside: &str, edge: Option<char>, side: Side) -> bool {
    let neighbour = match side {
        Side::Before => beside.chars().next_back(),
        Side::After => beside.chars().next(),
    };
    let of_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    !(of_word(edge) && of_word(neighbour))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_searched_once() {
        let text = Lowered::new(&"code ".repeat(400_000));
        for pattern in ["*code*expired", "code*expired", "code*code*expired"] {
            assert!(!Pattern::new(pattern).is_within(&text), "{pattern}");
        }
    }

    #[test]
    fn a_pattern_is_found_at_word_boundaries_only() {
        for (pattern, text, found) in [
            ("AADSTS50148", "AADSTS50148: The code_verifier …", true),
            ("AADSTS50148", "AADSTS501481: The Code_Verifier …", false),
            ("code expired", "The CODE expired.", true),
            ("code expired", "the user_code expired", false),
            ("code * expired", "code code#7f3a9c has expired", true),
            ("code*expired", "expired code", false),
            (
                "expired: *",
                "Authorization code expired: code#7f3a9c",
                true,
            ),
            ("not valid", "not validated, hence not valid", true),
            ("a*b", "a bc b", true),
            ("a*b", "a bc", false),
        ] {
            assert_eq!(
                Pattern::new(pattern).is_within(&Lowered::new(text)),
                found,
                "{pattern} {text}"
            );
        }
    }

    #[test]
    fn a_pattern_is_taken_out_of_a_text() {
        let pattern = Pattern::new("the grant * client.");
        let text = "The grant is used, or of another Client. Too late.";
        let without = |text| pattern.taken_out_of(Lowered::new(text));
        assert_eq!(without(text), Lowered::new(" too late."));
        assert_eq!(without("Too late."), Lowered::new("too late."));
    }

    #[test]
    fn a_whole_pattern_leaves_nothing_over() {
        for (pattern, text, whole) in [
            ("*.okta.com", "dev-1.okta.com", true),
            ("*.okta.com", "okta.com.evil.test", false),
            ("/realms/*/token", "/realms/a/b/token", true),
            ("/token", "/token", true),
            ("/Token", "/tOKEN", true),
            ("/token", "/token/x", false),
            ("a*a", "a", false),
        ] {
            let text = Lowered::new(text);
            let found = [Pattern::new(pattern).is_whole(&text), text.is(pattern)];
            assert_eq!(found, [whole; 2], "{pattern} {text:?}");
        }
    }
}
