//! One refused login in the HAR of every tool: whoever saved it, the same exchanges are read.
//!
//! The files hold what each tool writes: its own fields, its spelling of times and numbers, what it leaves out, its encoding.

#![expect(
    clippy::unwrap_used,
    reason = "a file that cannot be read fails the test, and the panic says which"
)]

use std::fs;
use std::path::{Path, PathBuf};

use grantscope_capture::har::{self, Wanted};
use grantscope_capture::input;
use grantscope_oauth::{Exchange, FingerprintKey, Providers, Reader};
use proptest::prelude::*;

const LOCATION: &str = "https://app.test/cb?code=SplxlOBeZQQYbYS6WxSbIA&state=af0ifjsldkj";
const FORM: &str = "grant_type=authorization_code&client_id=web&code=SplxlOBeZQQYbYS6WxSbIA&redirect_uri=https%3A%2F%2Fapp.test%2Fcb%2F";

fn files() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dialects");
    let files = fs::read_dir(directory).unwrap();
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    files
}

fn read(file: &Path) -> [Exchange; 2] {
    let import = har::import(fs::File::open(file).unwrap()).unwrap();
    assert_eq!(import.skipped, [], "{}", file.display());
    import.exchanges.try_into().unwrap()
}

#[test]
fn the_same_login_is_read_from_the_file_of_every_tool() {
    let files = files();
    assert!(files.len() >= 13, "{files:?}");
    for file in files {
        let [authorization, token] = read(&file);
        let file = file.display();
        assert_eq!(
            authorization.started_at.to_string(),
            "2026-11-24T09:00:00.12Z",
            "{file}"
        );
        assert_eq!(
            token.started_at.to_string(),
            "2026-11-24T09:00:01.5Z",
            "{file}"
        );
        assert_eq!((authorization.id.0, token.id.0), (1, 2), "{file}");
        assert_eq!(authorization.request.url.path(), "/authorize", "{file}");
        assert!(authorization.request.body.bytes.is_empty(), "{file}");
        let redirect = authorization.response.as_ref().unwrap();
        assert_eq!(
            (redirect.status, redirect.headers.first("location")),
            (302, Some(LOCATION)),
            "{file}"
        );
        assert_eq!(token.request.body.text(), FORM, "{file}");
        assert_eq!(
            token.request.headers.media_type().as_deref(),
            Some("application/x-www-form-urlencoded"),
            "{file}"
        );
        let refusal = token.response.as_ref().unwrap();
        assert_eq!(refusal.status, 400, "{file}");
        assert_eq!(
            refusal.headers.media_type().as_deref(),
            Some("application/json"),
            "{file}"
        );
        assert_eq!(
            refusal.body.text(),
            r#"{"error":"invalid_grant","error_description":"redirect_uri does not match"}"#,
            "{file}"
        );
        assert!(
            !refusal.body.truncated && refusal.body.coding.is_none(),
            "{file}"
        );
        assert!(token.answered_at() >= Some(token.started_at), "{file}");
        let names = [&authorization, &token].map(|it| {
            it.request
                .headers
                .iter()
                .any(|(name, _)| name.starts_with(':'))
        });
        assert_eq!(names, [false, false], "{file}");
    }
}

#[test]
fn what_is_of_oauth_is_the_same_as_all_of_them() {
    let providers = std::sync::Arc::new(Providers::embedded());
    for file in files() {
        let reader = Reader::new(
            FingerprintKey::new([7; 32]),
            std::sync::Arc::clone(&providers),
        );
        let wanted =
            har::import_wanted(fs::File::open(&file).unwrap(), Wanted::OfOAuth(&reader)).unwrap();
        assert_eq!(
            format!("{:?}", wanted.exchanges),
            format!("{:?}", read(&file)),
            "{}",
            file.display()
        );
    }
}

/// Reads a file in both ways. Whatever it holds, it is an answer: exchanges, entries that are skipped, or an error.
fn is_answered(bytes: &[u8]) {
    let reader = Reader::new(
        FingerprintKey::new([7; 32]),
        std::sync::Arc::new(Providers::embedded()),
    );
    for wanted in [Wanted::All, Wanted::OfOAuth(&reader)] {
        match input::read(bytes, false, wanted) {
            Ok(import) => assert!(import.exchanges.len() <= import.count),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        is_answered(&bytes);
    }

    #[test]
    fn any_brackets_and_quotes_are_answered(text in "\\{\"log\":\\{\"entries\":\\[[\\[\\]{}\"\\\\,:0n ]{0,80}") {
        is_answered(text.as_bytes());
    }

    #[test]
    fn the_file_of_a_tool_is_answered_however_it_is_damaged(
        which in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        with in proptest::collection::vec(any::<u8>(), 0..8),
        cut in 0usize..600,
    ) {
        let file = fs::read(&files()[which.index(files().len())]).unwrap();
        let at = at.index(file.len());
        let end = (at + cut).min(file.len());
        is_answered(&[&file[..at], &with, &file[end..]].concat());
        is_answered(&file[..at]);
    }
}
