//! A test for each runtime, with the program that plays its clients.

#[cfg(unix)]
use std::ffi::OsString;
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
    use crate::support::peers::python_packages;

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

    /// The runtime is .NET Core, from Python's index. It is told of the OpenSSL for which it was built, which another package there brings.
    #[test]
    fn the_clients_of_dotnet_fare_as_the_page_says() {
        needs("mcs", "--version");
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("reach-dotnet");
        std::fs::create_dir_all(&directory).unwrap();
        let program = directory.join("clients.exe");
        let mut build = Command::new("mcs");
        build
            .arg("-r:System.Net.Http")
            .arg(format!("-out:{}", program.display()));
        let built = build.arg(script("Clients.cs")).output().unwrap();
        assert!(built.status.success(), "{built:?}");
        let packages = python_packages();
        let libraries = packages.join("psycopg2_binary.libs");
        let openssl = named_as_dotnet_does(&libraries, &directory);
        let mut path = OsString::from("LD_LIBRARY_PATH=");
        path.push(std::env::join_paths([openssl, libraries]).unwrap());
        let words = [
            "env".into(),
            path,
            packages.join("dotnetcore2/bin/dotnet").into(),
            "exec".into(),
            "--runtimeconfig".into(),
            script("dotnet.json").into(),
            program.into(),
        ];
        holds(".NET", &Program::new(words));
    }

    /// A directory with the library under the name by which the runtime asks for it.
    fn named_as_dotnet_does(libraries: &Path, directory: &Path) -> PathBuf {
        let mut files = std::fs::read_dir(libraries).unwrap().flatten();
        let library = files.find(|it| it.file_name().to_string_lossy().starts_with("libssl-"));
        let link = directory.join("libssl.so.1.1");
        // That there is one from an earlier run is no fault.
        let _gone = std::fs::remove_file(&link);
        std::os::unix::fs::symlink(library.unwrap().path(), &link).unwrap();
        directory.to_owned()
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

#[cfg(unix)]
#[test]
fn the_clients_of_erlang_fare_as_the_page_says() {
    needs("erl", "-version");
    holds(
        "Erlang",
        &Program::new([PathBuf::from("escript"), script("clients.erl")]),
    );
}

#[cfg(unix)]
#[test]
fn the_package_managers_fare_as_the_page_says() {
    for program in ["npm", "cargo"] {
        needs(program, "--version");
    }
    node_modules();
    let modules = Path::new(PEERS).join("node_modules");
    let words: [OsString; 4] = [
        "sh".into(),
        script("packages.sh").into(),
        python().into(),
        modules.into(),
    ];
    holds("Package managers", &Program::new(words));
}
