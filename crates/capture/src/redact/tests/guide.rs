//! The guide shows the lists of the code, all of them and nothing else.

use crate::redact::allowed;

const GUIDE: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../docs/guides/what-is-redacted.md"
));

/// The names in the last paragraph of a section.
fn listed(section: &str) -> Vec<&'static str> {
    let (_, after) = GUIDE.split_once(&format!("\n## {section}\n")).unwrap();
    let section = after.split("\n## ").next().unwrap().trim();
    let list = section.rsplit("\n\n").next().unwrap();
    list.split('`').skip(1).step_by(2).collect()
}

#[test]
fn the_guide_shows_the_lists_of_the_code() {
    let secrets: Vec<_> = grantscope_oauth::SECRET_PARAMETERS
        .iter()
        .map(|(name, _)| *name)
        .collect();
    for (section, names) in [
        ("Secrets of OAuth", secrets.as_slice()),
        ("Parameters that stay", allowed::PARAMETERS),
        (
            "Parameters that stay where they are a plain word",
            allowed::WORDS,
        ),
        (
            "Parameters that stay by the end of their name",
            allowed::METADATA,
        ),
        ("Parameters that hold a URL", allowed::URLS),
        ("Members of a public key", allowed::KEY_MEMBERS),
        ("Header fields that stay", allowed::FIELDS),
        ("Header fields that hold URLs", allowed::URL_FIELDS),
        (
            "Attributes of cookies that stay",
            allowed::COOKIE_ATTRIBUTES,
        ),
    ] {
        assert_eq!(listed(section), names, "{section}");
    }
    assert!(GUIDE.contains(&format!("those that end in `{}`", allowed::ENDPOINT)));
    for name in allowed::KEYS {
        assert!(GUIDE.contains(&format!("`{name}`")), "{name}");
    }
}

/// What a list names twice, or what is a secret as well, is one of two things.
#[test]
fn no_name_is_on_two_lists() {
    let secrets = grantscope_oauth::SECRET_PARAMETERS
        .iter()
        .map(|(name, _)| *name);
    let lists = [allowed::PARAMETERS, allowed::WORDS, allowed::URLS];
    let mut all: Vec<_> = secrets.chain(lists.concat()).collect();
    all.sort_unstable();
    let count = all.len();
    all.dedup();
    assert_eq!(all.len(), count);
}
