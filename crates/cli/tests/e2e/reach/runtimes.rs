//! A test for each runtime, with the program that plays its clients.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Program, holds};
use crate::support::peers::{PEERS, node_modules, python};

fn script(name: &str) -> PathBuf {
    Path::new(PEERS).join("reach").join(name)
}

/// Fails where a program is not there, with the way to get it.
fn needs(program: &str, version: &str) {
    let found = Command::new(program).arg(version).output();
    assert!(
        found.is_ok_and(|it| it.status.success()),
        "there is no {program}: `cargo xtask prepare` installs it, or tells how"
    );
}

#[test]
fn the_clients_of_node_fare_as_the_page_says() {
    node_modules();
    holds(
        "Node",
        &Program::new([PathBuf::from("node"), script("clients.cjs")]),
    );
}

/// Other versions of Node, and other runtimes, come from npm as programs for this platform alone.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod packaged {
    use super::*;

    fn program(package: &str) -> PathBuf {
        node_modules();
        Path::new(PEERS).join("node_modules").join(package)
    }

    fn clients_of(package: &str) -> Program {
        Program::new([program(package), script("clients.cjs")])
    }

    #[test]
    fn the_clients_of_node_18_fare_as_the_page_says() {
        holds("Node 18", &clients_of("node-18/bin/node"));
    }

    #[test]
    fn the_clients_of_node_22_fare_as_the_page_says() {
        holds("Node 22", &clients_of("node-22/bin/node"));
    }

    #[test]
    fn the_clients_of_node_24_fare_as_the_page_says() {
        holds("Node 24", &clients_of("node-24/bin/node"));
    }

    #[test]
    fn the_clients_of_bun_fare_as_the_page_says() {
        holds("Bun", &clients_of("@oven/bun-linux-x64/bin/bun"));
    }

    #[test]
    fn the_clients_of_deno_fare_as_the_page_says() {
        let deno = program("@deno/linux-x64-glibc/deno").into_os_string();
        let words = [
            deno,
            "run".into(),
            "--allow-all".into(),
            script("clients.cjs").into(),
        ];
        holds("Deno", &Program::new(words));
    }
}

#[test]
fn the_clients_of_python_fare_as_the_page_says() {
    holds(
        "Python",
        &Program::new([PathBuf::from(python()), script("clients.py")]),
    );
}

#[test]
fn the_clients_of_java_fare_as_the_page_says() {
    needs("java", "--version");
    holds(
        "Java",
        &Program::new([PathBuf::from("java"), script("Clients.java")]),
    );
}

#[test]
fn the_clients_of_go_fare_as_the_page_says() {
    needs("go", "version");
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("reach-go");
    let mut build = Command::new("go");
    build
        .arg("build")
        .arg("-o")
        .arg(&program)
        .arg(script("clients.go"));
    let built = build.output().unwrap();
    assert!(built.status.success(), "{built:?}");
    holds("Go", &Program::new([program]));
}

#[test]
fn the_clients_of_ruby_fare_as_the_page_says() {
    needs("ruby", "--version");
    holds(
        "Ruby",
        &Program::new([PathBuf::from("ruby"), script("clients.rb")]),
    );
}

#[test]
fn the_clients_of_php_fare_as_the_page_says() {
    needs("php", "--version");
    holds(
        "PHP",
        &Program::new([PathBuf::from("php"), script("clients.php")]),
    );
}

#[cfg(unix)]
#[test]
fn the_clients_of_the_command_line_fare_as_the_page_says() {
    for program in ["curl", "wget", "git", "perl"] {
        needs(program, "--version");
    }
    holds(
        "Command line",
        &Program::new([PathBuf::from("sh"), script("clients.sh")]),
    );
}
