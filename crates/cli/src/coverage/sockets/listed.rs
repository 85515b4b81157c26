//! The tables of macOS, and of systems that are neither Linux nor Windows, as the programs `ps` and `lsof` list them.

use std::ffi::OsStr;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use super::tree::{Process, Socket, connected, family};
use crate::coverage::Direct;

/// No names for addresses and ports, and no warnings.
const AS_NUMBERS: &str = "-nPw";

/// A line each for the process, its command, the file and its name.
const FIELDS: &str = "-Fpcfn";

/// The connections of a process and its descendants. What cannot be read, or is gone already, is left out.
pub(super) fn connections(root: u32) -> Vec<Direct> {
    let processes = processes(&output(
        Command::new("ps").args(["-axo", "pid=,ppid=,comm="]),
    ));
    let family = family(root, &processes);
    if family.is_empty() {
        return Vec::new();
    }
    let ids: Vec<_> = family.iter().map(|it| it.id.to_string()).collect();
    let mut list = Command::new("lsof");
    list.args([AS_NUMBERS, FIELDS, "-a", "-iTCP", "-p", &ids.join(",")]);
    let (_, sockets) = sockets(&output(&mut list));
    connected(&family, &sockets)
}

/// The process that listens on a port of this machine, and its name; `None` where nobody does or it is somebody else's.
pub(crate) fn listener(port: u16) -> Option<(u32, String)> {
    let mut list = Command::new("lsof");
    list.args([AS_NUMBERS, FIELDS, "-a", "-sTCP:LISTEN"]);
    list.arg(format!("-iTCP:{port}"));
    sockets(&output(&mut list)).0.into_iter().next()
}

/// What a program prints; nothing where it cannot be started. `lsof` calls it a failure that there is nothing to list.
fn output(command: &mut Command) -> String {
    let told = command.output();
    told.map(|it| String::from_utf8_lossy(&it.stdout).into_owned())
        .unwrap_or_default()
}

/// The lines of `ps`: a number, that of the parent, and the program, whose path may have spaces in it.
fn processes(lines: &str) -> Vec<Process> {
    let read = |line: &str| {
        let (id, rest) = line.trim_start().split_once(' ')?;
        let (parent, path) = rest.trim_start().split_once(' ')?;
        let path = Path::new(path.trim());
        let name = path.file_name().map(OsStr::to_string_lossy);
        Some(Process {
            id: id.parse().ok()?,
            parent: parent.parse().ok(),
            name: name.unwrap_or_default().into_owned(),
        })
    };
    lines.lines().filter_map(read).collect()
}

/// The lines of `lsof`, each a letter and a value: the processes with their names, and the sockets of each.
fn sockets(lines: &str) -> (Vec<(u32, String)>, Vec<Socket>) {
    let (mut processes, mut sockets) = (Vec::<(u32, String)>::new(), Vec::new());
    for line in lines.lines() {
        let mut letters = line.chars();
        match (letters.next(), letters.as_str()) {
            (Some('p'), id) => {
                processes.extend(id.parse().ok().map(|id| (id, String::new())));
            }
            (Some('c'), command) => {
                if let Some((_, name)) = processes.last_mut() {
                    command.clone_into(name);
                }
            }
            (Some('n'), ends) => {
                sockets.extend(processes.last().and_then(|(id, _)| socket(*id, ends)));
            }
            _ => {}
        }
    }
    (processes, sockets)
}

/// `127.0.0.1:50000->192.0.2.1:443`, or `*:3000` where connections are waited for.
fn socket(process: u32, ends: &str) -> Option<Socket> {
    let (local, remote) = match ends.split_once("->") {
        Some((local, remote)) => (local, Some(address(remote)?)),
        None => (ends, None),
    };
    Some(Socket {
        process,
        local: address(local)?,
        remote,
    })
}

fn address(text: &str) -> Option<SocketAddr> {
    let port_of_all = text.strip_prefix("*:");
    port_of_all.map_or_else(
        || text.parse().ok(),
        |port| Some(SocketAddr::from(([0, 0, 0, 0], port.parse().ok()?))),
    )
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn the_lists_of_the_system_tell_of_this_process() {
        let listener_here = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener_here.local_addr().unwrap();
        let connection = TcpStream::connect(address).unwrap();
        let (accepted, _) = listener_here.accept().unwrap();

        let found = listener(address.port()).expect("install lsof: apt-get install lsof");
        assert_eq!(found.0, std::process::id());
        assert!(!found.1.is_empty());

        let own = connections(std::process::id());
        let here = own.iter().filter(|it| it.to == address);
        assert_eq!(here.count(), 1, "{own:?}");
        drop((connection, accepted));
    }

    #[test]
    fn the_list_of_processes_is_read_with_spaces_in_their_paths() {
        let lines = "    1     0 /sbin/launchd\n  812     1 /Applications/My App.app/Contents/MacOS/My App\nPID odd\n";
        let read = processes(lines);
        let names: Vec<_> = read.iter().map(|it| (it.id, it.name.as_str())).collect();
        assert_eq!(names, [(1, "launchd"), (812, "My App")]);
        assert_eq!(read[1].parent, Some(1));
    }

    #[test]
    fn the_list_of_sockets_is_read_with_both_families() {
        let lines = "p812\ncnode\nf20\nn127.0.0.1:50000->192.0.2.1:443\nf21\nn[::1]:50001->[2001:db8::1]:443\nf22\nn*:3000\nf23\n\
                     nno PCB, CANTRCVMORE\np900\ncruby\nf7\nn*:*\n";
        let (processes, sockets) = sockets(lines);
        assert_eq!(
            processes,
            [(812, "node".to_owned()), (900, "ruby".to_owned())]
        );
        let remote: Vec<_> = sockets
            .iter()
            .map(|it| it.remote.map(|far| far.to_string()))
            .collect();
        let expected = [Some("192.0.2.1:443"), Some("[2001:db8::1]:443"), None];
        assert_eq!(remote, expected.map(|it| it.map(str::to_owned)));
    }
}
