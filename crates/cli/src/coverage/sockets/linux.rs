//! The tables of the Linux kernel: the sockets that are open in each process, and what those of its network are connected to.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use procfs::net::TcpState;
use procfs::process::{FDTarget, Process, all_processes};

use super::plain;
use crate::coverage::Direct;

/// The process that listens on a port of this machine, and its name; `None` where nobody does or it is somebody else's.
pub(crate) fn listener(port: u16) -> Option<(u32, String)> {
    let mut processes = all_processes().ok()?.flatten();
    let own = Process::myself().ok()?;
    let entries = [own.tcp(), own.tcp6()].into_iter().flatten().flatten();
    let listening =
        entries.filter(|it| it.state == TcpState::Listen && it.local_address.port() == port);
    let inodes: BTreeSet<_> = listening.map(|it| it.inode).collect();
    let holder = processes.find(|process| sockets(process).any(|inode| inodes.contains(&inode)))?;
    Some((u32::try_from(holder.pid).ok()?, holder.stat().ok()?.comm))
}

/// The connections of a process and its descendants. What cannot be read, or is gone already, is left out.
pub(super) fn connections(root: u32) -> Vec<Direct> {
    let family = family(root);
    let open: Vec<_> = family
        .iter()
        .flat_map(|process| sockets(process).map(move |inode| (process, inode)))
        .collect();
    // The tables are those of the whole network, and long where much goes on.
    let Some((first, _)) = open.first() else {
        return Vec::new();
    };
    let remote = remote(first);
    let connected = open
        .iter()
        .filter_map(|(process, inode)| Some((process, remote.get(inode)?)));
    connected
        .map(|(process, to)| Direct {
            program: process.stat().map(|stat| stat.comm).unwrap_or_default(),
            to: *to,
        })
        .collect()
}

/// The process and its descendants. Not every kernel tells the children of a process: all are asked for their parents.
fn family(root: u32) -> Vec<Process> {
    let Ok(root) = i32::try_from(root) else {
        return Vec::new();
    };
    let mut children: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
    let stats = all_processes()
        .into_iter()
        .flatten()
        .filter_map(|it| it.ok()?.stat().ok());
    for stat in stats {
        children.entry(stat.ppid).or_default().push(stat.pid);
    }
    let mut pids = vec![root];
    let mut next = 0;
    while let Some(pid) = pids.get(next) {
        pids.extend(children.remove(pid).unwrap_or_default());
        next += 1;
    }
    pids.into_iter()
        .filter_map(|pid| Process::new(pid).ok())
        .collect()
}

/// The inodes of the sockets that a process has open.
fn sockets(process: &Process) -> impl Iterator<Item = u64> {
    let open = process.fd().into_iter().flatten().flatten();
    open.filter_map(|it| match it.target {
        FDTarget::Socket(inode) => Some(inode),
        _ => None,
    })
}

/// Where each connection of a process's network goes to, by the inode of its socket. Those that others began are left out: their
/// near end is a port at which somebody listens.
fn remote(process: &Process) -> BTreeMap<u64, SocketAddr> {
    let tables = [process.tcp(), process.tcp6()];
    let entries: Vec<_> = tables.into_iter().flatten().flatten().collect();
    let (listening, connected): (Vec<_>, Vec<_>) = entries
        .into_iter()
        .partition(|entry| entry.state == TcpState::Listen);
    let ports: BTreeSet<_> = listening
        .iter()
        .map(|entry| entry.local_address.port())
        .collect();
    connected
        .into_iter()
        .filter(|entry| !ports.contains(&entry.local_address.port()))
        .map(|entry| (entry.inode, plain(entry.remote_address)))
        .collect()
}
