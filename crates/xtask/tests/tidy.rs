//! What holds for every file, and no compiler looks at.

#![expect(
    clippy::unwrap_used,
    reason = "a tree that cannot be read fails the test, and the panic says where"
)]

use std::fs;
use std::path::{Path, PathBuf};

const LINES_MAX: usize = 600;

/// Directories that are made, not written.
const MADE: [&str; 4] = [".git", "target", "node_modules", "__pycache__"];

/// A `tests.rs` excepted: its idea is that of the module it tests.
#[test]
fn every_module_begins_with_its_idea() {
    let bare: Vec<String> = sources()
        .filter(|file| !file.ends_with("tests.rs") && !read(file).starts_with("//!"))
        .map(|file| shown(&file))
        .collect();
    assert!(
        bare.is_empty(),
        "no `//!` at the top of {}",
        bare.join(", ")
    );
}

#[test]
fn no_file_is_too_long_to_read() {
    let long: Vec<String> = sources()
        .filter(|file| is_below_src(file))
        .map(|file| (read(&file).lines().count(), file))
        .filter(|(lines, _)| *lines > LINES_MAX)
        .map(|(lines, file)| format!("{} ({lines})", shown(&file)))
        .collect();
    assert!(
        long.is_empty(),
        "over {LINES_MAX} lines: {}",
        long.join(", ")
    );
}

#[test]
fn no_key_is_in_the_tree() {
    let keys: Vec<String> = files(&root())
        .into_iter()
        .filter(|file| holds_private_key(&fs::read(file).unwrap()))
        .map(|file| shown(&file))
        .collect();
    assert!(
        keys.is_empty(),
        "a private key is in {}: make it at test time",
        keys.join(", ")
    );
}

#[test]
fn a_private_key_is_known_by_its_first_line() {
    let pem = format!("-----BEGIN EC {} KEY-----\nAA==\n", "PRIVATE");
    assert!(holds_private_key(pem.as_bytes()));
    assert!(!holds_private_key(
        b"a line that names a PRIVATE KEY-----\n"
    ));
}

/// A lock file that names the registry of one machine does not install on another.
#[test]
fn no_lock_file_names_a_registry_host() {
    for file in files(&root()) {
        let text = match file.file_name().and_then(|name| name.to_str()) {
            Some("Cargo.lock") => without_crates_io(&read(&file)),
            Some("package-lock.json") => without_funding(&read(&file)),
            Some("requirements.txt") => read(&file),
            _ => continue,
        };
        let host = text.lines().find(|line| line.contains("://"));
        assert_eq!(host, None, "a host in {}", shown(&file));
    }
}

#[test]
fn the_page_of_a_cause_is_titled_with_its_id() {
    let pages = root().join("docs/causes");
    if !pages.is_dir() {
        return;
    }
    for page in files(&pages) {
        let id = page.file_stem().unwrap().to_string_lossy();
        let text = read(&page);
        let title = text.lines().next().unwrap_or_default();
        assert_eq!(title, format!("# {id}"), "title of {}", shown(&page));
    }
}

/// The Rust files of all crates.
fn sources() -> impl Iterator<Item = PathBuf> {
    files(&root().join("crates"))
        .into_iter()
        .filter(|file| file.extension().is_some_and(|extension| extension == "rs"))
}

fn is_below_src(file: &Path) -> bool {
    file.components()
        .any(|component| component.as_os_str() == "src")
}

fn holds_private_key(content: &[u8]) -> bool {
    content.split(|byte| *byte == b'\n').any(|line| {
        let line = line.trim_ascii();
        line.starts_with(b"-----BEGIN ") && line.ends_with(b"PRIVATE KEY-----")
    })
}

fn without_crates_io(lock: &str) -> String {
    lock.replace(
        "registry+https://github.com/rust-lang/crates.io-index",
        "crates.io",
    )
}

/// npm notes where a package's authors ask for money, which is no place to install from.
fn without_funding(lock: &str) -> String {
    let lines = lock.lines().filter(|line| !line.contains("\"url\":"));
    let mut text = String::new();
    for line in lines.filter(|line| !line.contains("\"funding\":")) {
        text.push_str(line);
        text.push('\n');
    }
    text
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name();
        if entry.file_type().unwrap().is_file() {
            found.push(entry.path());
        } else if entry.file_type().unwrap().is_dir() && !MADE.iter().any(|made| name == *made) {
            found.extend(files(&entry.path()));
        }
    }
    found
}

fn root() -> PathBuf {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    crates.parent().unwrap().to_owned()
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn shown(file: &Path) -> String {
    file.strip_prefix(root())
        .unwrap_or(file)
        .display()
        .to_string()
}
