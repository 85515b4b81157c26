//! `grantscope ca trust`, `untrust` and `rotate` with real stores, in a home of their own: the machine's are never touched.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use grantscope_testkit::TestCa;

use crate::support::grantscope::Home;

/// Runs `grantscope ca ARGUMENTS` at home in a directory of the test, with a Java in it.
fn ca(home: &Home, arguments: &[&str]) -> String {
    let output = answered(home, arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

fn answered(home: &Home, arguments: &[&str]) -> Output {
    let mut command = home.command(&["ca"]);
    command
        .args(arguments)
        .env("HOME", home.path("user"))
        .env("JAVA_HOME", home.path("jdk"));
    command.output().unwrap()
}

/// Runs a program of a store, which prints what is in it.
fn listed(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let output = output.unwrap_or_else(|_| {
        panic!("there is no {program}: `cargo xtask prepare` installs it, or tells how")
    });
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[cfg(target_os = "linux")]
fn database(home: &Home) -> String {
    format!("sql:{}", home.path("user/.pki/nssdb").display())
}

/// A certificate of somebody else, in a file.
fn stranger(home: &Home) -> PathBuf {
    let path = home.path("stranger.pem");
    fs::write(&path, TestCa::new().unwrap().pem()).unwrap();
    path
}

#[cfg(target_os = "linux")]
#[test]
fn a_database_of_nss_gets_the_certificate_and_loses_it_and_nothing_else() {
    let home = Home::new();
    fs::create_dir_all(home.path("user/.mozilla/firefox/x.default")).unwrap();
    let told = ca(&home, &["trust", "--store", "nss", "--dry-run"]);
    assert!(
        told.contains("certutil -A ") && told.contains("can then pose as any server"),
        "{told}"
    );
    assert!(!home.path("user/.pki").exists(), "a dry run does nothing");

    ca(&home, &["trust", "--store", "nss", "--yes"]);
    let url = database(&home);
    let file = stranger(&home);
    listed(
        "certutil",
        &[
            "-A",
            "-d",
            &url,
            "-t",
            "C,,",
            "-n",
            "stranger",
            "-i",
            file.to_str().unwrap(),
        ],
    );
    let list = listed("certutil", &["-L", "-d", &url]);
    assert!(
        list.contains("grantscope CA (") && list.contains("C,,"),
        "{list}"
    );
    assert_eq!(
        ca(&home, &["trust", "--store", "nss", "--yes"]),
        "it is trusted there already\n"
    );

    let rotated = ca(&home, &["rotate"]);
    assert!(
        rotated.contains("nssdb still trusts an old one"),
        "{rotated}"
    );
    ca(&home, &["trust", "--store", "nss", "--yes"]);
    assert_eq!(
        listed("certutil", &["-L", "-d", &url])
            .matches("grantscope CA (")
            .count(),
        2
    );

    ca(&home, &["untrust", "--store", "nss", "--yes"]);
    let list = listed("certutil", &["-L", "-d", &url]);
    assert!(
        !list.contains("grantscope") && list.contains("stranger"),
        "{list}"
    );
    let told = ca(&home, &["untrust", "--store", "nss", "--yes"]);
    assert_eq!(told, "no certificate of grantscope is trusted there\n");
}

#[test]
fn a_key_store_of_java_gets_the_certificate_and_loses_it_and_nothing_else() {
    let home = Home::new();
    fs::create_dir_all(home.path("jdk/lib/security")).unwrap();
    let store = home.path("jdk/lib/security/cacerts");
    let store = store.to_str().unwrap();
    let file = stranger(&home);
    let of_store = ["-keystore", store, "-storepass", "changeit"];
    let import = [
        "-importcert",
        "-noprompt",
        "-alias",
        "stranger",
        "-file",
        file.to_str().unwrap(),
    ];
    listed("keytool", &[&import[..], &of_store].concat());
    let aliases = || listed("keytool", &[&["-list"], &of_store[..]].concat());

    ca(&home, &["trust", "--store", "java", "--yes"]);
    assert!(aliases().contains("grantscope-"), "{}", aliases());
    assert_eq!(
        ca(&home, &["trust", "--store", "java", "--yes"]),
        "it is trusted there already\n"
    );
    ca(&home, &["untrust", "--store", "java", "--yes"]);
    let left = aliases();
    assert!(
        !left.contains("grantscope") && left.contains("stranger"),
        "{left}"
    );
}

#[test]
fn nothing_is_done_to_a_store_where_nobody_is_asked() {
    let home = Home::new();
    let told = ca(&home, &["trust", "--dry-run"]);
    assert!(
        told.contains("the store of the system: add grantscope CA ("),
        "{told}"
    );
    let output = answered(&home, &["trust"]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{errors}");
    assert!(errors.contains("--yes"), "{errors}");
    assert_eq!(
        ca(&home, &["untrust"]),
        "no certificate of grantscope is trusted there\n"
    );
}

#[test]
fn a_rotated_ca_has_another_key_and_keeps_the_old_certificate_alone() {
    let home = Home::new();
    let read = |name: &str| fs::read_to_string(home.path("ca").join(name)).unwrap();
    ca(&home, &["path"]);
    let (certificate, key) = (read("ca.pem"), read("ca.key"));
    let told = ca(&home, &["rotate"]);
    assert!(told.starts_with("a new CA: grantscope CA ("), "{told}");
    assert_ne!(read("ca.pem"), certificate);
    assert_ne!(read("ca.key"), key);
    assert!(read("bundle.pem").starts_with(read("ca.pem").trim_end()));
    let kept: Vec<_> = fs::read_dir(home.path("ca/retired"))
        .unwrap()
        .flatten()
        .collect();
    assert_eq!(kept.len(), 1);
    assert_eq!(fs::read_to_string(kept[0].path()).unwrap(), certificate);
}
