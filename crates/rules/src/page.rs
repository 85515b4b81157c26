//! A cause's page in `docs/causes`, cut into its sections.

/// The Markdown of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    markdown: &'static str,
}

impl Page {
    /// The headings that every page has, in this order.
    pub const HEADINGS: [&'static str; 6] = [
        "What it means",
        "How grantscope tells",
        "Fix",
        "Provider notes",
        "Scenarios",
        "References",
    ];

    pub(crate) fn new(markdown: &'static str) -> Self {
        Self { markdown }
    }

    /// The whole text.
    pub fn markdown(self) -> &'static str {
        self.markdown
    }

    /// The text of a section, without its heading.
    pub fn section(self, heading: &str) -> Option<&'static str> {
        let start = self.markdown.split("\n## ").skip(1).find(|section| {
            section
                .lines()
                .next()
                .is_some_and(|line| line.trim() == heading)
        })?;
        Some(start.split_once('\n').map_or("", |(_, text)| text).trim())
    }

    /// The first line below the title: the cause in one sentence, without its full stop.
    pub fn summary(self) -> &'static str {
        let body = self.markdown.split_once('\n').map_or("", |(_, rest)| rest);
        first_line(body).trim_end_matches('.')
    }

    /// The first line of the section `Fix`.
    pub fn fix(self) -> &'static str {
        first_line(self.section("Fix").unwrap_or_default())
    }

    /// The observation that decides where nothing else does, as a noun phrase without its full stop: the line `Settled by` of
    /// the section `How grantscope tells`.
    pub fn settled_by(self) -> &'static str {
        let section = self.section("How grantscope tells").unwrap_or_default();
        let line = section
            .lines()
            .find_map(|line| line.trim().strip_prefix("**Settled by:**"));
        line.unwrap_or_default().trim().trim_end_matches('.')
    }

    /// The links of the section `References`.
    pub fn references(self) -> impl Iterator<Item = &'static str> {
        let section = self.section("References").unwrap_or_default();
        section
            .split(['<', '>', '(', ')', ' ', '\n'])
            .filter(|word| word.starts_with("https://"))
    }
}

fn first_line(text: &'static str) -> &'static str {
    text.lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or_default()
}
