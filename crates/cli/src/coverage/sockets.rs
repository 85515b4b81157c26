//! Which connections a command and its descendants have without the proxy, from the tables of the Linux kernel.
//!
//! They are looked at many times a second: a connection that is over sooner may be missed, and none is made up.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use procfs::net::TcpState;
use procfs::process::{FDTarget, Process, all_processes};

use super::Direct;

const PAUSE: Duration = Duration::from_millis(50);

/// So many connections are remembered.
const DIRECT_MAX: usize = 1_000;

/// Looks at the connections of a process and its descendants until it is aborted, and gathers those that go elsewhere than to
/// the proxy.
pub(crate) async fn watch(
    root: u32,
    proxy: SocketAddr,
    gathered: std::sync::Arc<std::sync::Mutex<BTreeSet<Direct>>>,
) {
    loop {
        // The kernel answers from memory, but for many processes it takes its time.
        let looked = tokio::task::spawn_blocking(move || connections(root)).await;
        if let (Ok(found), Ok(mut gathered)) = (looked, gathered.lock()) {
            let elsewhere = found.into_iter().filter(|it| it.to != proxy);
            let room = DIRECT_MAX.saturating_sub(gathered.len());
            gathered.extend(elsewhere.take(room));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// The connections of a process and its descendants. What cannot be read, or is gone already, is left out.
fn connections(root: u32) -> Vec<Direct> {
    let Ok(root) = i32::try_from(root) else {
        return Vec::new();
    };
    let family = family(root);
    let Some(first) = family.first() else {
        return Vec::new();
    };
    let remote = remote(first);
    let mut found = Vec::new();
    for process in &family {
        let program = process.stat().map(|stat| stat.comm).unwrap_or_default();
        for inode in sockets(process) {
            found.extend(remote.get(&inode).map(|to| Direct {
                program: program.clone(),
                to: *to,
            }));
        }
    }
    found
}

/// The process and its descendants, the process first.
fn family(root: i32) -> Vec<Process> {
    let mut parents: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
    let stats = all_processes()
        .into_iter()
        .flatten()
        .filter_map(|it| it.ok()?.stat().ok());
    for stat in stats {
        parents.entry(stat.ppid).or_default().push(stat.pid);
    }
    let mut pids = vec![root];
    let mut next = 0;
    while let Some(pid) = pids.get(next) {
        pids.extend(parents.remove(pid).unwrap_or_default());
        next += 1;
    }
    pids.into_iter()
        .filter_map(|pid| Process::new(pid).ok())
        .collect()
}

/// The inodes of the sockets that a process has open.
fn sockets(process: &Process) -> Vec<u64> {
    let open = process.fd().into_iter().flatten().flatten();
    open.filter_map(|it| match it.target {
        FDTarget::Socket(inode) => Some(inode),
        _ => None,
    })
    .collect()
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

/// An IPv4 address that a socket of IPv6 is connected to is that address.
fn plain(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}
