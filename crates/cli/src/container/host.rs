//! Where a container reaches this machine, and from which addresses it comes.

use std::net::{IpAddr, Ipv4Addr, TcpListener, UdpSocket};

use super::engine::{Engine, Kind};

/// The networks from which Docker takes those of its containers, unless it was told of others. The second holds home networks too.
const OF_DOCKER: [&str; 2] = ["172.16.0.0/12", "192.168.0.0/16"];

/// Podman's usual network, and those that compose makes.
const OF_PODMAN: &str = "10.88.0.0/15";

/// How a container reaches the proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Way {
    /// The name or address of this machine in the container.
    pub(crate) host: String,
    /// Whether that name has to be given to the container.
    pub(crate) is_given: bool,
    /// Where the proxy has to listen.
    pub(crate) listen: IpAddr,
    /// From where the container comes, besides loopback.
    pub(crate) allow: Vec<String>,
    /// What the container reaches by itself: its loopback is not this machine's.
    pub(crate) bypass: Vec<String>,
}

impl Way {
    /// By the network of this machine, where a container shares it.
    pub(super) fn shared() -> Self {
        let loopback = Ipv4Addr::LOCALHOST;
        Self {
            host: loopback.to_string(),
            is_given: false,
            listen: loopback.into(),
            allow: Vec::new(),
            bypass: Vec::new(),
        }
    }

    /// By the usual network of an engine, where nobody can be asked.
    pub(crate) fn usual(kind: Kind) -> Self {
        Self {
            host: name(kind).to_owned(),
            is_given: kind == Kind::Docker,
            listen: Ipv4Addr::UNSPECIFIED.into(),
            allow: vec![usual_network(kind).to_owned()],
            bypass: ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into(),
        }
    }

    /// By the network of an engine on this machine.
    pub(super) fn of(engine: &Engine) -> Self {
        let usual = Self::usual(engine.kind);
        if !cfg!(target_os = "linux") {
            // The engine runs in a virtual machine, which lets containers reach loopback here.
            let listen = Ipv4Addr::LOCALHOST.into();
            let allow = Vec::new();
            return Self {
                listen,
                allow,
                ..usual
            };
        }
        if let Some(listen) = gateway(engine) {
            // The address is Docker's own: nobody else comes there.
            let allow = OF_DOCKER.map(str::to_owned).into();
            return Self {
                listen,
                allow,
                ..usual
            };
        }
        // An engine without rights of its own sends what its containers send from this machine's address.
        let own = own_address().map(|it| it.to_string());
        let allow = usual.allow.iter().cloned().chain(own).collect();
        Self { allow, ..usual }
    }
}

/// By this name a container reaches its host. Docker Desktop knows it, and on Linux `host-gateway` gives it a meaning; Podman gives
/// its own to each container, and older versions of it do not know `host-gateway`.
fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Docker => "host.docker.internal",
        Kind::Podman => "host.containers.internal",
    }
}

fn usual_network(kind: Kind) -> &'static str {
    match kind {
        Kind::Docker => OF_DOCKER[0],
        Kind::Podman => OF_PODMAN,
    }
}

/// The address that Docker gives to `host-gateway`, where it is one of this machine.
fn gateway(engine: &Engine) -> Option<IpAddr> {
    if engine.kind != Kind::Docker {
        return None;
    }
    let format = "{{range .IPAM.Config}}{{.Gateway}} {{end}}";
    let text = engine.asked(&["network", "inspect", "bridge", "--format", format])?;
    let mut addresses = text.split_whitespace().filter_map(|it| it.parse().ok());
    addresses.find(|it: &IpAddr| it.is_ipv4() && TcpListener::bind((*it, 0)).is_ok())
}

/// The address from which this machine reaches others. Nothing is sent: a way is looked up, to an address that nobody has (RFC 5737).
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    socket.local_addr().ok().map(|it| it.ip())
}
