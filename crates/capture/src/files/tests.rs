use std::fs;

use super::*;
use crate::har::{export, sample};

#[test]
fn a_file_is_replaced_as_a_whole_or_not_at_all() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("flow.har");
    let flow: Vec<_> = sample::redacted().collect();
    replace_file(&path, |to| export(to, "0", &flow, None)).unwrap();
    assert_eq!(read(&path).unwrap().exchanges.len(), 2);
    let failed = replace_file(&path, |to| {
        to.write_all(b"half")?;
        Err(io::Error::other("full"))
    });
    assert!(failed.unwrap_err().to_string().contains("flow.har"));
    assert_eq!(read(&path).unwrap().exchanges.len(), 2);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[test]
fn what_is_no_capture_is_told_so() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("x.har");
    assert!(matches!(read(&path), Err(FileError::Unreadable { .. })));
    fs::write(&path, "GET / HTTP/1.1").unwrap();
    assert!(matches!(read(&path), Err(FileError::NoCapture { .. })));
}
