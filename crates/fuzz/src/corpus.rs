//! The corpus, on any toolchain: each target runs on its seeds, and on what a fuzzer found before.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::alter::altered;
use crate::{TARGETS, Target};

/// So often each target runs on altered seeds, unless the variable says another number.
const ROUNDS: u64 = 200;
const ROUNDS_VARIABLE: &str = "GRANTSCOPE_FUZZ_ROUNDS";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// The names in a directory, without what files end in.
fn names(directory: &str) -> BTreeSet<String> {
    let files = files(&root().join(directory));
    let name = |file: &PathBuf| file.file_stem().unwrap().to_string_lossy().into_owned();
    files.iter().map(name).collect()
}

fn of_targets() -> BTreeSet<String> {
    TARGETS
        .iter()
        .map(|target| target.name.to_owned())
        .collect()
}

#[test]
fn every_target_holds_for_its_seeds_and_for_what_was_found_before() {
    let mut failed = Vec::new();
    for target in TARGETS {
        for directory in ["seeds", "regressions"] {
            for file in files(&root().join(directory).join(target.name)) {
                let bytes = fs::read(&file).unwrap();
                for part in parts(&bytes) {
                    if std::panic::catch_unwind(|| (target.run)(part)).is_err() {
                        failed.push(format!(
                            "{} on {} bytes of {}",
                            target.name,
                            part.len(),
                            file.display()
                        ));
                    }
                }
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// All of an input, nothing of it, and what is left where it is cut off.
fn parts(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let length = bytes.len();
    let ends = [
        length,
        0,
        1,
        length / 3,
        length / 2,
        length.saturating_sub(1),
    ];
    ends.into_iter().filter_map(|end| bytes.get(..end))
}

/// A fuzzer finds more; this needs none. The numbers are the same in each run, so that one that fails fails again.
#[test]
fn every_target_holds_for_altered_seeds() {
    let rounds = std::env::var(ROUNDS_VARIABLE).map_or(ROUNDS, |rounds| rounds.parse().unwrap());
    let failed: Vec<_> = TARGETS
        .iter()
        .filter_map(|target| of_altered(target, rounds))
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// The first altered seed on which a target fails is written to a file.
fn of_altered(target: &Target, rounds: u64) -> Option<String> {
    let seeds = files(&root().join("seeds").join(target.name));
    let seeds: Vec<_> = seeds.iter().map(|seed| fs::read(seed).unwrap()).collect();
    let seed = |number: u64| &seeds[usize::try_from(number).unwrap() % seeds.len()];
    let fails = |bytes: &Vec<u8>| std::panic::catch_unwind(|| (target.run)(bytes)).is_err();
    let mut inputs = (0..rounds).map(|number| altered(number, seed(number), seed(number / 7)));
    let input = inputs.find(fails)?;
    let path = std::env::temp_dir().join(format!("grantscope-fuzz-{}", target.name));
    fs::write(&path, &input).unwrap();
    Some(format!("{} fails on {}", target.name, path.display()))
}

#[test]
fn every_target_has_a_program_and_seeds_and_nothing_else_has() {
    assert_eq!(names("fuzz_targets"), of_targets());
    assert_eq!(names("seeds"), of_targets());
    assert!(names("regressions").is_subset(&of_targets()));
    for target in TARGETS {
        let seeds = files(&root().join("seeds").join(target.name));
        assert!(!seeds.is_empty(), "{}", target.name);
        assert!(
            seeds
                .iter()
                .all(|seed| fs::metadata(seed).unwrap().len() < 64 * 1024)
        );
    }
}

/// Inputs that are read as nothing show nothing.
#[test]
fn an_exchange_is_read_as_it_is_written() {
    let text = b"POST https://a.test/token\nX-A: b\n\nc=d\n----\n400\nX-B: c\n\n{}\n====\nGET https://b.test/";
    let exchanges = crate::message::exchanges(text);
    let [first, second] = exchanges.as_slice() else {
        panic!("{exchanges:?}");
    };
    assert_eq!(first.request.method, "POST");
    assert_eq!(first.request.headers.first("x-a"), Some("b"));
    assert_eq!(first.request.body.text(), "c=d");
    let response = first.response.as_ref().unwrap();
    assert_eq!(
        (response.status, response.body.text().as_ref()),
        (400, "{}")
    );
    assert_eq!(second.request.url.as_str(), "https://b.test/");
    assert!(second.response.is_none());
}
