//! `grantscope run --container`: the command is started with what its containers need, and nothing of it stays.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::support::grantscope::Home;

/// Plays docker and podman. It answers questions, and leaves the words of the command and the files that they name beside itself.
const PLAYED: &str = r#"#!/bin/sh
here=$(dirname "$0")
case "$*" in
  *--version) echo "Docker version 28.2.2"; exit ;;
  *"network inspect"*) exit 1 ;;
  *"image inspect"*) echo '["PATH=/bin","PYTHONPATH=/app","NODE_OPTIONS=--image"]' ; exit ;;
  *"config --format json"*) cat "$here/project.json"; exit ;;
  *"config --services"*) printf 'app\ndb\n'; exit ;;
esac
for word; do
  echo "$word" >> "$here/words"
  case $word in
    */container.env) cp "$word" "$here/container.env" ;;
    */compose.grantscope.yaml) cp "$word" "$here/compose.json" ;;
  esac
done
exit 3
"#;

const PROJECT: &str = r#"{"name": "shop", "services": {
    "app": {"image": "shop", "environment": {"NODE_OPTIONS": "--service", "NO_PROXY": "db,cache", "PRICE": "5$$"}},
    "db": {"image": "postgres"}
}}"#;

/// A home with the programs in it.
fn home() -> Home {
    let home = Home::new();
    fs::create_dir(home.path("bin")).unwrap();
    for program in ["docker", "podman", "docker-compose"] {
        let file = home.path("bin").join(program);
        fs::write(&file, PLAYED).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    }
    fs::write(home.path("compose.yaml"), "services: {}\n").unwrap();
    fs::write(home.path("bin/project.json"), PROJECT).unwrap();
    home
}

/// `grantscope run --container -- LINE`.
fn run(home: &Home, line: &str) -> Output {
    let path = std::env::var("PATH").unwrap();
    let mut command: Command = home.command(&["run", "--container"]);
    command
        .arg("--")
        .args(line.split(' '))
        .current_dir(home.path(""))
        .env("PATH", format!("{}:{path}", home.path("bin").display()))
        .env_remove("COMPOSE_FILE");
    command.output().unwrap()
}

/// The words with which the program was started, with names as in every run.
fn started(home: &Home, line: &str) -> String {
    let output = run(home, line);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{errors}");
    let words = fs::read_to_string(home.path("bin/words")).unwrap();
    let words: Vec<_> = words.lines().collect();
    // What they set a variable to may be nobody's to see, and is not told.
    for word in words
        .iter()
        .filter(|word| word.contains("grantscope-container-"))
    {
        assert!(errors.contains(word), "{word} is not told: {errors}");
        assert!(!Path::new(word).exists(), "{word} stays");
    }
    assert!(!errors.contains("secret-of-theirs"), "{errors}");
    let words = words.iter().map(|word| match word {
        file if file.contains("grantscope-container-") => Path::new(file)
            .file_name()
            .unwrap()
            .to_string_lossy()
            .into_owned(),
        other => other.replace(home.path("data").to_str().unwrap(), "DATA"),
    });
    words.collect::<Vec<_>>().join(" ")
}

fn variables(home: &Home) -> String {
    let text = fs::read_to_string(home.path("bin/container.env")).unwrap();
    let lines = text.lines().filter(|line| {
        let names = [
            "NODE_OPTIONS=",
            "PYTHONPATH=",
            "NO_PROXY=",
            "https_proxy=",
            "PIP_CERT=",
        ];
        names.iter().any(|name| line.starts_with(name))
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    let (before, port) = text.split_once(".internal:").unwrap();
    format!(
        "{before}.internal:PORT{}",
        port.trim_start_matches(|c: char| c.is_ascii_digit())
    )
}

#[test]
fn docker_is_given_options_before_the_image() {
    let home = home();
    let line = "docker --context other run --rm -it -p 80:80 -e KEY=secret-of-theirs -e NODE_OPTIONS=--mine shop node app.js -d";
    insta::assert_snapshot!(started(&home, line), @r#"--context other run --rm -it -p 80:80 -e KEY=secret-of-theirs -e NODE_OPTIONS=--mine --env-file container.env --add-host host.docker.internal:host-gateway --volume DATA/container:/grantscope:ro,z --env NODE_OPTIONS=--mine --require "/grantscope/node.cjs" shop node app.js -d"#);
    insta::assert_snapshot!(variables(&home), @r#"
https_proxy=http://host.docker.internal:PORT
NO_PROXY=localhost,127.0.0.1,::1
PIP_CERT=/grantscope/bundle.pem
NODE_OPTIONS=--mine --require "/grantscope/node.cjs"
PYTHONPATH=/grantscope:/app
"#);
}

#[test]
fn podman_has_a_name_for_its_host_already() {
    let home = home();
    insta::assert_snapshot!(started(&home, "podman container run --env NO_PROXY=cache shop"), @"container run --env NO_PROXY=cache --env-file container.env --volume DATA/container:/grantscope:ro,z --env NO_PROXY=localhost,127.0.0.1,::1,cache shop");
    insta::assert_snapshot!(variables(&home), @r#"
https_proxy=http://host.containers.internal:PORT
NO_PROXY=localhost,127.0.0.1,::1,cache
PIP_CERT=/grantscope/bundle.pem
NODE_OPTIONS=--image --require "/grantscope/node.cjs"
PYTHONPATH=/grantscope:/app
"#);
}

#[test]
fn podman_is_known_under_the_name_of_docker() {
    let home = home();
    let played = PLAYED.replace("Docker version 28", "podman version 5");
    fs::write(home.path("bin/docker"), played).unwrap();
    let words = started(&home, "docker run shop");
    assert!(!words.contains("host-gateway"), "{words}");
    assert!(variables(&home).contains("http://host.containers.internal:PORT"));
}

/// All of 127.0.0.0/8 is this machine on Linux: the address stands for that of Docker's network.
#[cfg(target_os = "linux")]
#[test]
fn grantscope_listens_where_docker_has_its_network() {
    let home = home();
    let played = PLAYED.replace("exit 1 ;;", "echo '127.0.0.2 fd00::1 '; exit ;;");
    fs::write(home.path("bin/docker"), played).unwrap();
    let output = run(&home, "docker run shop");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("listens on 127.0.0.2:"), "{errors}");
    assert!(
        errors.contains("for 172.16.0.0/12, 192.168.0.0/16"),
        "{errors}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_container_that_shares_the_network_goes_by_loopback() {
    let home = home();
    insta::assert_snapshot!(started(&home, "docker run --network=host shop"), @"run --network=host --env-file container.env --volume DATA/container:/grantscope:ro,z shop");
    let text = fs::read_to_string(home.path("bin/container.env")).unwrap();
    let mut lines = text.lines();
    assert!(
        lines.any(|line| line.starts_with("https_proxy=http://127.0.0.1:")),
        "{text}"
    );
    assert!(text.lines().any(|line| line == "NO_PROXY="), "{text}");
}

#[test]
fn compose_is_given_one_more_file_over_those_of_the_project() {
    let home = home();
    let words = started(&home, "docker compose --profile web up --build app");
    let words = words.replace(
        home.path("").canonicalize().unwrap().to_str().unwrap(),
        "HOME",
    );
    insta::assert_snapshot!(words, @"compose --profile web --file HOME/compose.yaml --file compose.grantscope.yaml up --build app");
    let text = fs::read_to_string(home.path("bin/compose.json")).unwrap();
    let (_comment, json) = text.split_once('\n').unwrap();
    let file: Value = serde_json::from_str(json).unwrap();
    let (app, db) = (&file["services"]["app"], &file["services"]["db"]);
    assert_eq!(
        app["environment"]["NODE_OPTIONS"],
        "--service --require \"/grantscope/node.cjs\""
    );
    assert_eq!(app["environment"]["PYTHONPATH"], "/grantscope:/app");
    assert_eq!(
        app["environment"]["NO_PROXY"],
        "localhost,127.0.0.1,::1,db,cache"
    );
    assert_eq!(db["environment"]["NO_PROXY"], "localhost,127.0.0.1,::1");
    assert_eq!(
        db["environment"]["NODE_OPTIONS"],
        "--image --require \"/grantscope/node.cjs\""
    );
    for service in [app, db] {
        assert_eq!(
            service["extra_hosts"][0],
            "host.docker.internal:host-gateway"
        );
        assert_eq!(
            service["environment"]["PRICE"],
            Value::Null,
            "what does not change stays theirs"
        );
    }
}

#[test]
fn files_that_the_command_names_go_before_ours() {
    let home = home();
    fs::write(
        home.path("bin/project.json"),
        "version 1 knows no such format",
    )
    .unwrap();
    insta::assert_snapshot!(started(&home, "docker-compose -f a.yaml -f b.yaml run app"), @"-f a.yaml -f b.yaml --file compose.grantscope.yaml run app");
    let text = fs::read_to_string(home.path("bin/compose.json")).unwrap();
    assert!(
        text.contains("\"app\": {") && text.contains("\"db\": {"),
        "{text}"
    );
}

#[test]
fn what_cannot_be_shown_anything_is_refused_with_what_to_do() {
    let home = home();
    for (line, said) in [
        ("npm start", "grantscope env --container"),
        ("docker exec app sh", "for `run` and `compose up`"),
        ("docker run -d shop", "leave that out"),
        ("docker run --rm", "there is no image"),
        ("docker compose up --detach", "leave that out"),
        ("docker compose ps", "is for `up` and `run`"),
        ("docker compose -f - up", "name a file"),
        (
            "docker compose --project-directory / up",
            "name the project's file",
        ),
    ] {
        let output = run(&home, line);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{line}: {errors}");
        assert!(errors.contains(said), "{line}: {errors}");
        assert!(!home.path("bin/words").exists(), "{line} was started");
    }
}
