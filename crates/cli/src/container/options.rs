//! The options of a command line, as docker, podman and compose read them: which of them take a value has to be known.

/// The options from a place on, and where they end.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Options {
    /// Names without hyphens, and values where there are any, in their order.
    given: Vec<(String, Option<String>)>,
    /// The place of the first word that is none of them.
    pub(super) end: usize,
}

impl Options {
    /// Reads them from a place on. `switches` are those that take no value: each other one takes the next word where it has none.
    pub(super) fn read(words: &[String], from: usize, switches: &[&str]) -> Self {
        let (mut given, mut end) = (Vec::new(), from);
        while let Some(word) = words
            .get(end)
            .filter(|it| it.starts_with('-') && *it != "-")
        {
            end += 1;
            if word == "--" {
                break;
            }
            given.extend(named_by(word, switches));
            let Some((name, None)) = given.last() else {
                continue;
            };
            if !switches.contains(&name.as_str()) {
                let value = words.get(end).cloned();
                end += usize::from(value.is_some());
                if let Some(last) = given.last_mut() {
                    last.1 = value;
                }
            }
        }
        Self { given, end }
    }

    /// The values of an option under any of its names.
    pub(super) fn values<'a>(&'a self, names: &'a [&str]) -> impl Iterator<Item = &'a str> {
        let named = self
            .given
            .iter()
            .filter(|(name, _)| names.contains(&name.as_str()));
        named.filter_map(|(_, value)| value.as_deref())
    }

    /// Whether a switch is on.
    pub(super) fn has(&self, names: &[&str]) -> bool {
        let mut given = self.given.iter();
        given.any(|(name, value)| {
            names.contains(&name.as_str()) && value.as_deref() != Some("false")
        })
    }
}

/// The options of one word: `--name`, `--name=value`, `-n`, `-nvalue`, `-n=value`, or several switches in one, `-it`.
fn named_by(word: &str, switches: &[&str]) -> Vec<(String, Option<String>)> {
    if let Some(long) = word.strip_prefix("--") {
        let (name, value) = match long.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (long, None),
        };
        return vec![(name.to_owned(), value)];
    }
    let mut named = Vec::new();
    for (at, letter) in word[1..].char_indices() {
        let name = letter.to_string();
        if switches.contains(&name.as_str()) {
            named.push((name, None));
            continue;
        }
        let rest = &word[1 + at + letter.len_utf8()..];
        let value = rest.strip_prefix('=').unwrap_or(rest);
        named.push((name, Some(value.to_owned()).filter(|it| !it.is_empty())));
        break;
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    const SWITCHES: &[&str] = &["d", "i", "t", "rm", "detach"];

    fn read(line: &str) -> (Options, String) {
        let words: Vec<_> = line.split(' ').map(str::to_owned).collect();
        let options = Options::read(&words, 0, SWITCHES);
        let rest = words[options.end..].join(" ");
        (options, rest)
    }

    #[test]
    fn options_end_at_the_first_word_that_is_none() {
        for (line, rest) in [
            ("--rm -it -p 80:80 image -d", "image -d"),
            ("-itp 80:80 --name x image", "image"),
            ("-eA=1 -e=B=2 --env C=3 --env=D=4 image", "image"),
            ("--rm -- image", "image"),
            ("image", "image"),
            ("--name", ""),
        ] {
            assert_eq!(read(line).1, rest, "{line}");
        }
    }

    #[test]
    fn an_option_is_found_under_each_of_its_spellings() {
        let (options, _) = read("-eA=1 -e=B=2 --env C=3 --env=D=4 -itd image");
        let values: Vec<_> = options.values(&["e", "env"]).collect();
        assert_eq!(values, ["A=1", "B=2", "C=3", "D=4"]);
        assert!(options.has(&["d", "detach"]) && !options.has(&["rm"]));
        assert!(!read("--detach=false image").0.has(&["d", "detach"]));
    }
}
