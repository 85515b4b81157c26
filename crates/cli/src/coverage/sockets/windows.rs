//! The tables of Windows: sockets with the number of their process, and processes with that of their parent.

use std::net::SocketAddr;

use netsock::family::AddressFamilyFlags;
use netsock::protocol::ProtocolFlags;
use netsock::socket::{ProtocolSocketInfo, SocketInfo};
use netsock::state::TcpState;
use sysinfo::{ProcessRefreshKind, ProcessesToUpdate, System};

use super::tree::{Process, Socket, connected, family};
use crate::coverage::Direct;

/// The connections of a process and its descendants. What cannot be read, or is gone already, is left out.
pub(super) fn connections(root: u32) -> Vec<Direct> {
    let processes = processes();
    let family = family(root, &processes);
    let sockets: Vec<_> = table().iter().filter_map(socket).collect();
    connected(&family, &sockets)
}

/// The process that listens on a port of this machine, and its name; `None` where nobody does.
pub(crate) fn listener(port: u16) -> Option<(u32, String)> {
    let table = table();
    let listens = |it: &&SocketInfo| {
        let near = it.tcp_info().map(|tcp| (tcp.state, tcp.local_port));
        near == Some((TcpState::Listen, port))
    };
    let holder = table.iter().find(listens)?.processes.first()?;
    Some((holder.pid, holder.name.clone()))
}

/// All processes. A number is given anew soon after a process has ended, and those that it started keep it as their parent's: a
/// process that is older than its parent is none of its children.
fn processes() -> Vec<Process> {
    let mut system = System::new();
    system.refresh_processes_specifics(ProcessesToUpdate::All, true, ProcessRefreshKind::nothing());
    let all = system.processes();
    let parent = |process: &sysinfo::Process| {
        let parent = all.get(&process.parent()?)?;
        let is_older = parent.start_time() <= process.start_time();
        is_older.then(|| parent.pid().as_u32())
    };
    let told = all.values().map(|process| Process {
        id: process.pid().as_u32(),
        parent: parent(process),
        name: process.name().to_string_lossy().into_owned(),
    });
    told.collect()
}

/// The sockets of TCP; none where the system does not tell.
fn table() -> Vec<SocketInfo> {
    let families = AddressFamilyFlags::IPV4 | AddressFamilyFlags::IPV6;
    let sockets = netsock::iter_sockets(families, ProtocolFlags::TCP);
    sockets.into_iter().flatten().flatten().collect()
}

fn socket(told: &SocketInfo) -> Option<Socket> {
    let ProtocolSocketInfo::Tcp(tcp) = &told.protocol_socket_info else {
        return None;
    };
    let remote = SocketAddr::new(tcp.remote_addr, tcp.remote_port);
    Some(Socket {
        process: told.processes.first()?.pid,
        local: SocketAddr::new(tcp.local_addr, tcp.local_port),
        remote: (tcp.state != TcpState::Listen).then_some(remote),
    })
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn the_tables_of_the_system_tell_of_this_process() {
        let listener_here = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener_here.local_addr().unwrap();
        let connection = TcpStream::connect(address).unwrap();
        let (accepted, _) = listener_here.accept().unwrap();

        let found = listener(address.port()).unwrap();
        assert_eq!(found.0, std::process::id());
        assert!(!found.1.is_empty());

        let own = connections(std::process::id());
        let here = own.iter().filter(|it| it.to == address);
        assert_eq!(here.count(), 1, "{own:?}");
        drop((connection, accepted));
    }
}
