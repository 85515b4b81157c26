//! What a command and its descendants are connected to, from a list of processes and a list of sockets.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use super::plain;
use crate::coverage::Direct;

/// A process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Process {
    /// Its number.
    pub id: u32,
    /// The number of the process that started it, where that one is known to run.
    pub parent: Option<u32>,
    /// What its program is called.
    pub name: String,
}

/// A socket of TCP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Socket {
    /// The number of its process.
    pub process: u32,
    /// Its near end.
    pub local: SocketAddr,
    /// Its far end; `None` where it waits for connections.
    pub remote: Option<SocketAddr>,
}

/// A process and its descendants.
pub(super) fn family(root: u32, processes: &[Process]) -> Vec<&Process> {
    let mut children: BTreeMap<u32, Vec<&Process>> = BTreeMap::new();
    for process in processes {
        if let Some(parent) = process.parent {
            children.entry(parent).or_default().push(process);
        }
    }
    let mut family: Vec<_> = processes.iter().filter(|it| it.id == root).collect();
    let mut next = 0;
    while let Some(process) = family.get(next) {
        let started = children.remove(&process.id).unwrap_or_default();
        family.extend(started.into_iter().filter(|it| it.id != root));
        next += 1;
    }
    family
}

/// Where processes are connected to. Connections that others began are left out: their near end is a port at which somebody
/// waits for them.
pub(super) fn connected(family: &[&Process], sockets: &[Socket]) -> Vec<Direct> {
    let names: BTreeMap<_, _> = family.iter().map(|it| (it.id, it.name.as_str())).collect();
    let waiting = sockets.iter().filter(|it| it.remote.is_none());
    let ports: BTreeSet<_> = waiting.map(|it| it.local.port()).collect();
    let begun = sockets
        .iter()
        .filter(|it| !ports.contains(&it.local.port()));
    let connected = begun.filter_map(|socket| {
        Some(Direct {
            program: (*names.get(&socket.process)?).to_owned(),
            to: plain(socket.remote?),
        })
    });
    connected.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(id: u32, parent: Option<u32>, name: &str) -> Process {
        let name = name.to_owned();
        Process { id, parent, name }
    }

    fn socket(process: u32, local: &str, remote: Option<&str>) -> Socket {
        Socket {
            process,
            local: local.parse().unwrap(),
            remote: remote.map(|it| it.parse().unwrap()),
        }
    }

    #[test]
    fn a_family_is_a_process_with_all_that_it_started() {
        let processes = [
            process(30, Some(20), "grandchild"),
            process(20, Some(10), "child"),
            process(10, Some(1), "root"),
            process(11, Some(1), "neighbour"),
            process(12, None, "of nobody"),
        ];
        let family = family(10, &processes);
        let names: Vec<_> = family.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["root", "child", "grandchild"]);
    }

    #[test]
    fn a_family_that_turns_in_circles_ends() {
        let processes = [process(10, Some(20), "a"), process(20, Some(10), "b")];
        assert_eq!(family(10, &processes).len(), 2);
        assert!(family(30, &processes).is_empty());
    }

    #[test]
    fn what_the_family_began_is_told_and_nothing_else() {
        let root = process(10, None, "node");
        let sockets = [
            socket(10, "127.0.0.1:50000", Some("192.0.2.1:443")),
            socket(10, "[::1]:50001", Some("[::ffff:192.0.2.2]:443")),
            // It serves there, and somebody came.
            socket(10, "[::]:3000", None),
            socket(10, "127.0.0.1:3000", Some("127.0.0.1:50002")),
            // Another program's.
            socket(11, "127.0.0.1:50003", Some("192.0.2.3:443")),
        ];
        let told: Vec<_> = connected(&[&root], &sockets)
            .into_iter()
            .map(|it| format!("{} {}", it.program, it.to))
            .collect();
        assert_eq!(told, ["node 192.0.2.1:443", "node 192.0.2.2:443"]);
    }
}
