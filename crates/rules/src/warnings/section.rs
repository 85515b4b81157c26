//! A warning's section of `docs/warnings.md`.

const PAGE: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../docs/warnings.md"
));

/// The Markdown of a section, without its heading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Section(&'static str);

impl Section {
    /// The section with this heading; an empty one where there is none.
    pub(super) fn of(heading: &str) -> Self {
        let sections = PAGE.split("\n## ").skip(1);
        let text = sections
            .filter_map(|section| section.split_once('\n'))
            .find(|(first, _)| first.trim() == heading);
        Self(text.map_or("", |(_, text)| text))
    }

    /// The first line, without its full stop.
    pub(super) fn summary(self) -> &'static str {
        let mut lines = self.0.lines().map(str::trim);
        lines
            .find(|line| !line.is_empty())
            .unwrap_or_default()
            .trim_end_matches('.')
    }

    /// The line that begins with this word in bold and a colon.
    pub(super) fn paragraph(self, word: &str) -> &'static str {
        let text = |line: &'static str| {
            let rest = line.strip_prefix("**")?.strip_prefix(word)?;
            rest.strip_prefix(":**").map(str::trim)
        };
        self.0.lines().find_map(text).unwrap_or_default()
    }

    /// The links of its references.
    pub(super) fn references(self) -> impl Iterator<Item = &'static str> {
        self.paragraph("References")
            .split(['<', '>', ' '])
            .filter(|word| word.starts_with("https://"))
    }
}
