//! The tables of `docs/runtimes.md`: what they say is what the tests hold the clients to.

const PAGE: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../docs/runtimes.md"
));

/// A client, and how it fares at each of the four servers.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) client: String,
    cells: [Cell; 4],
}

/// How a client fares at a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    /// It is seen, and its TLS is read.
    Through,
    /// It is not seen, and this kind of gap tells so.
    Gap(String),
    /// It does not work there by itself.
    Never,
}

impl Row {
    /// Where it comes through.
    pub(super) fn through(&self) -> impl Iterator<Item = (usize, String)> {
        let cells = self.cells.iter().enumerate();
        let through = cells.filter(|(_, cell)| **cell == Cell::Through);
        through.map(|(url, _)| (url, self.client.clone()))
    }

    /// Where it does not, with the gap that tells so.
    pub(super) fn gaps(&self) -> impl Iterator<Item = (&Self, usize, String)> {
        let cells = self.cells.iter().enumerate();
        cells.filter_map(move |(url, cell)| match cell {
            Cell::Gap(kind) => Some((self, url, kind.clone())),
            _ => None,
        })
    }
}

/// The rows of all tables below a heading.
pub(super) fn section(name: &str) -> Vec<Row> {
    let sections = PAGE.split("\n## ");
    let mut named = sections.filter(|it| it.lines().next() == Some(name));
    let text = named
        .next()
        .unwrap_or_else(|| panic!("docs/runtimes.md has no section {name}"));
    text.lines()
        .filter(|line| line.starts_with("| `"))
        .map(row)
        .collect()
}

/// The headings that have a table.
fn sections() -> Vec<&'static str> {
    let sections = PAGE.split("\n## ").skip(1);
    let tables = sections.filter(|it| it.contains("\n| `"));
    tables.filter_map(|it| it.lines().next()).collect()
}

fn row(line: &str) -> Row {
    let mut cells = line.trim_matches('|').split('|').map(str::trim);
    let client = cells.next().unwrap().trim_matches('`').to_owned();
    let cells: Vec<_> = cells.take(4).map(cell).collect();
    Row {
        client,
        cells: cells
            .try_into()
            .unwrap_or_else(|_| panic!("four servers in {line}")),
    }
}

fn cell(text: &str) -> Cell {
    match text {
        "through" => Cell::Through,
        "–" => Cell::Never,
        kind => Cell::Gap(kind.trim_matches('`').to_owned()),
    }
}

#[test]
fn every_table_of_the_page_is_held_to() {
    let squeezed = |text: &str| text.split_whitespace().collect::<String>();
    let tests = squeezed(concat!(
        include_str!("runtimes.rs"),
        include_str!("rust.rs")
    ));
    for section in sections() {
        let call = squeezed(&format!("holds(\"{section}\""));
        assert!(
            tests.contains(&call),
            "no test holds the clients to {section}"
        );
    }
}
