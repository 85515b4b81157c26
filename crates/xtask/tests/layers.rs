//! Which crate may depend on which, read from the manifests.
//!
//! `oauth ← correlation ← rules ← capture ← dashboard ← cli` and `oauth ← proxy ← cli`: a crate
//! depends on crates to its left only. `testkit`, `fuzz`
//! and `xtask` are for development.

#![expect(
    clippy::unwrap_used,
    reason = "a tree that cannot be read fails the test, and the panic says where"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use toml::Table;

/// Each crate and what it may depend on. A new edge is a decision, written down in `docs/decisions`.
const LAYERS: [(&str, &[&str]); 10] = [
    ("oauth", &[]),
    ("correlation", &["oauth"]),
    ("proxy", &["oauth"]),
    ("rules", &["correlation", "oauth"]),
    ("capture", &["rules", "correlation", "oauth"]),
    ("dashboard", &["capture", "rules", "correlation", "oauth"]),
    (
        "cli",
        &[
            "dashboard",
            "capture",
            "proxy",
            "rules",
            "correlation",
            "oauth",
            // `grantscope demo` plays a scripted server and client.
            "testkit",
        ],
    ),
    ("testkit", &["oauth"]),
    (
        "fuzz",
        &[
            "capture",
            "proxy",
            "rules",
            "correlation",
            "oauth",
            "testkit",
        ],
    ),
    ("xtask", &["rules", "oauth"]),
];

/// No I/O, no async, no clock: time is the timestamp of the exchange.
const PURE: [&str; 3] = ["oauth", "correlation", "rules"];
const IMPURE_DEPENDENCIES: [&str; 8] = [
    "async",
    "futures",
    "hyper",
    "mio",
    "reqwest",
    "rustls",
    "tokio",
    "tracing-subscriber",
];

/// Libraries have error types of their own.
const MAY_USE_ANYHOW: [&str; 2] = ["cli", "xtask"];

#[test]
fn every_crate_has_a_place_in_the_layers() {
    for name in crates().keys() {
        assert!(
            layer(name).is_some(),
            "crates/{name} has no place in the layers: add it to crates/xtask/tests/layers.rs"
        );
    }
}

#[test]
fn every_edge_points_to_a_lower_layer() {
    let edges = edges().filter(|edge| edge.crate_of_ours().is_some());
    let wrong: Vec<String> = edges
        .filter(|edge| !edge.is_allowed())
        .map(|edge| edge.to_string())
        .collect();
    assert!(wrong.is_empty(), "not allowed:\n{}", wrong.join("\n"));
}

#[test]
fn the_pure_crates_know_no_runtime() {
    let wrong: Vec<String> = edges()
        .filter(|edge| PURE.contains(&edge.from.as_str()) && edge.kind != Kind::Development)
        .filter(|edge| IMPURE_DEPENDENCIES.iter().any(|it| edge.to.starts_with(it)))
        .map(|edge| edge.to_string())
        .collect();
    assert!(wrong.is_empty(), "not allowed:\n{}", wrong.join("\n"));
}

#[test]
fn the_pure_crates_are_not_async() {
    for name in PURE {
        for file in rust_files(&crates()[name].join("src")) {
            let text = fs::read_to_string(&file).unwrap();
            let wrong = text.lines().find(|line| is_async(line));
            assert_eq!(wrong, None, "async in {}", file.display());
        }
    }
}

#[test]
fn only_binaries_use_anyhow() {
    let wrong: Vec<String> = edges()
        .filter(|edge| edge.to == "anyhow" && !MAY_USE_ANYHOW.contains(&edge.from.as_str()))
        .map(|edge| edge.to_string())
        .collect();
    assert!(wrong.is_empty(), "not allowed:\n{}", wrong.join("\n"));
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Normal,
    Build,
    Development,
}

/// One dependency, from the directory of a crate to the name of a package.
struct Edge {
    from: String,
    to: String,
    kind: Kind,
}

impl Edge {
    /// The directory of the crate that the edge leads to, if that is one of this workspace.
    fn crate_of_ours(&self) -> Option<&str> {
        match self.to.as_str() {
            "grantscope" => Some("cli"),
            "xtask" => Some("xtask"),
            package => package.strip_prefix("grantscope-"),
        }
    }

    fn is_allowed(&self) -> bool {
        let Some(to) = self.crate_of_ours() else {
            return true;
        };
        let for_tests = self.kind == Kind::Development && to == "testkit";
        for_tests || layer(&self.from).is_some_and(|below| below.contains(&to))
    }
}

impl std::fmt::Display for Edge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "crates/{} depends on {} ({:?})",
            self.from, self.to, self.kind
        )
    }
}

fn layer(name: &str) -> Option<&'static [&'static str]> {
    let (_, below) = LAYERS.iter().find(|(known, _)| *known == name)?;
    Some(below)
}

fn edges() -> impl Iterator<Item = Edge> {
    crates().into_iter().flat_map(|(name, path)| {
        let text = fs::read_to_string(path.join("Cargo.toml")).unwrap();
        edges_of(&name, &toml::from_str(&text).unwrap())
    })
}

/// The dependencies of a manifest, those for one platform only among them.
fn edges_of(from: &str, manifest: &Table) -> Vec<Edge> {
    let platforms = manifest.get("target").and_then(toml::Value::as_table);
    let platforms = platforms.into_iter().flat_map(Table::values);
    let tables = platforms
        .filter_map(toml::Value::as_table)
        .chain([manifest]);
    tables.flat_map(|table| edges_in(from, table)).collect()
}

fn edges_in(from: &str, table: &Table) -> Vec<Edge> {
    let kinds = [
        ("dependencies", Kind::Normal),
        ("build-dependencies", Kind::Build),
        ("dev-dependencies", Kind::Development),
    ];
    let mut edges = Vec::new();
    for (section, kind) in kinds {
        let dependencies = table.get(section).and_then(toml::Value::as_table);
        for (name, value) in dependencies.into_iter().flatten() {
            let renamed = value.get("package").and_then(toml::Value::as_str);
            edges.push(Edge {
                from: from.to_owned(),
                to: renamed.unwrap_or(name).to_owned(),
                kind,
            });
        }
    }
    edges
}

/// The crates of the workspace by the name of their directory.
fn crates() -> BTreeMap<String, PathBuf> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let directories = fs::read_dir(crates)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    directories
        .filter(|path| path.join("Cargo.toml").is_file())
        .map(|path| {
            (
                path.file_name().unwrap().to_string_lossy().into_owned(),
                path,
            )
        })
        .collect()
}

fn rust_files(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

fn is_async(line: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    ["async fn", "async move", "async {", ".await"]
        .iter()
        .any(|it| code.contains(it))
}
