//! A HAR file that is larger than the memory it may take.

#![cfg(target_os = "linux")]

use std::fs::File;
use std::io::{self, BufWriter};
use std::process::Command;

use grantscope_testkit::BulkHar;

use crate::support::grantscope::Home;

const FILE_BYTES: u64 = 160 * 1024 * 1024;

/// The most that the process may write to in memory, in KiB.
const MEMORY_KIB_MAX: u64 = 100 * 1024;

#[test]
fn a_file_that_is_larger_than_the_memory_is_diagnosed() {
    let home = Home::new();
    let path = home.path("bulk.har");
    let mut bulk = BulkHar::new(FILE_BYTES);
    let mut file = BufWriter::new(File::create(&path).unwrap());
    io::copy(&mut bulk, &mut file).unwrap();
    drop(file);
    let grantscope = home.command(&["analyze"]);
    let limited = format!("ulimit -d {MEMORY_KIB_MAX} && exec \"$0\" \"$@\"");
    let output = Command::new("sh")
        .args(["-c", &limited])
        .arg(grantscope.get_program())
        .args(grantscope.get_args())
        .arg(&path)
        .args(["--format", "jsonl"])
        .envs(
            grantscope
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), &*errors), (Some(0), ""));
    let log = String::from_utf8_lossy(&output.stdout);
    let refusals = log
        .lines()
        .filter(|line| line.contains("\"kind\":\"diagnosis\""));
    assert_eq!(refusals.count() as u64, bulk.logins());
}
