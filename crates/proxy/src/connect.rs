//! Opens a TCP connection to a server: resolves the name, tries its addresses, and measures both.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

use tokio::net::{TcpStream, lookup_host};
use tokio::task::JoinSet;
use tokio::time::{timeout, timeout_at};

use crate::clock;
use crate::limits::TimeLimits;
use crate::maybe_tls::{MaybeTls, Transport};
use crate::upstream_error::UpstreamError;

/// How long an address is tried before the next one is tried beside it (RFC 8305 §5).
const NEXT_ADDRESS_AFTER: Duration = Duration::from_millis(250);
/// How many addresses of a name are tried.
const ADDRESSES_MAX: usize = 8;

/// How long the phases of opening a connection took.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Phases {
    pub(crate) began: Option<Instant>,
    pub(crate) dns: Option<Duration>,
    pub(crate) connect: Option<Duration>,
    pub(crate) ssl: Option<Duration>,
}

impl Phases {
    pub(crate) fn total(&self) -> Duration {
        [self.dns, self.connect, self.ssl]
            .into_iter()
            .flatten()
            .sum()
    }
}

/// Where a connection may lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    Anywhere,
    /// Not to this machine by a name that does not say so: whoever answers for the name would reach what this machine
    /// keeps to itself (DNS rebinding).
    NotHereUnnamed,
}

impl Reach {
    /// What a client may reach.
    pub(crate) fn of(client: SocketAddr) -> Self {
        if client.ip().to_canonical().is_loopback() {
            Self::Anywhere
        } else {
            Self::NotHereUnnamed
        }
    }

    /// Whether an address that a name stands for may be connected to.
    pub(crate) fn allows(self, address: SocketAddr) -> bool {
        let ip = address.ip().to_canonical();
        // The system takes the unspecified address for loopback.
        self == Self::Anywhere || !ip.is_loopback() && !ip.is_unspecified()
    }
}

/// An open connection.
#[derive(Debug)]
pub(crate) struct Dialed<T = Transport> {
    pub(crate) stream: T,
    pub(crate) server: SocketAddr,
    pub(crate) phases: Phases,
}

impl From<Dialed<TcpStream>> for Dialed {
    fn from(straight: Dialed<TcpStream>) -> Self {
        Self {
            stream: MaybeTls::Clear(straight.stream),
            server: straight.server,
            phases: straight.phases,
        }
    }
}

/// Connects to `host`, a name or an IP address without brackets.
pub(crate) async fn dial(
    host: &str,
    port: u16,
    reach: Reach,
    times: &TimeLimits,
) -> Result<Dialed<TcpStream>, UpstreamError> {
    let began = clock::instant();
    let addresses = allowed(host, resolve(host, port, times).await?, reach)?;
    let resolved = clock::instant();
    let stream = connect(host, port, addresses, times.connect_max).await?;
    let unreachable = |source| UpstreamError::Unreachable {
        host: with_port(host, port),
        source,
    };
    stream.set_nodelay(true).map_err(unreachable)?;
    let server = stream.peer_addr().map_err(unreachable)?;
    let is_name = host.parse::<IpAddr>().is_err();
    Ok(Dialed {
        stream,
        server,
        phases: Phases {
            began: Some(began),
            dns: is_name.then(|| resolved.duration_since(began)),
            connect: Some(clock::instant().duration_since(resolved)),
            ssl: None,
        },
    })
}

/// `host:port`, with brackets where the host is an IPv6 address.
pub(crate) fn with_port(host: &str, port: u16) -> String {
    if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

/// The addresses of a name, or the address that it is.
pub(crate) async fn resolve(
    host: &str,
    port: u16,
    times: &TimeLimits,
) -> Result<Vec<SocketAddr>, UpstreamError> {
    if let Some(loopback) = loopback(host, port) {
        return Ok(loopback);
    }
    let failed = |source| UpstreamError::Resolve {
        host: host.to_owned(),
        source,
    };
    let found = timeout(times.dns_max, lookup_host((host, port)))
        .await
        .map_err(|_elapsed| UpstreamError::ResolveTimeout {
            host: host.to_owned(),
            after: times.dns_max,
        })?;
    let addresses: Vec<SocketAddr> = match found {
        Ok(addresses) => addresses.take(ADDRESSES_MAX).collect(),
        // Outside of containers nobody knows the name; where it is known, it stands for what it is known as.
        Err(_unknown) if is_host_of_containers(host) => here(port).into(),
        Err(source) => return Err(failed(source)),
    };
    if addresses.is_empty() {
        return Err(failed(io::ErrorKind::NotFound.into()));
    }
    Ok(addresses)
}

/// The addresses of a host that may be connected to. A client that writes loopback means it.
fn allowed(
    host: &str,
    mut addresses: Vec<SocketAddr>,
    reach: Reach,
) -> Result<Vec<SocketAddr>, UpstreamError> {
    if !is_loopback(host) {
        addresses.retain(|address| reach.allows(*address));
    }
    if addresses.is_empty() {
        let host = host.to_owned();
        return Err(UpstreamError::Rebound { host });
    }
    Ok(addresses)
}

/// Whether a host says itself that it is this machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    let is_name =
        host.eq_ignore_ascii_case("localhost") || host.to_ascii_lowercase().ends_with(".localhost");
    let is_name = is_name || is_host_of_containers(host);
    let address = host.parse::<IpAddr>().map(|address| address.to_canonical());
    is_name || address.is_ok_and(|address| address.is_loopback())
}

/// RFC 6761 §6.3: names below `localhost` are loopback, also where the system's resolver does not know that.
fn loopback(host: &str, port: u16) -> Option<Vec<SocketAddr>> {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    host.ends_with(".localhost").then(|| here(port).into())
}

fn here(port: u16) -> [SocketAddr; 2] {
    [
        SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        SocketAddr::from((Ipv6Addr::LOCALHOST, port)),
    ]
}

/// The names by which Docker and Podman let containers call the machine that they run on.
fn is_host_of_containers(host: &str) -> bool {
    let names = ["host.docker.internal", "host.containers.internal"];
    let host = host.trim_end_matches('.');
    names.iter().any(|name| host.eq_ignore_ascii_case(name))
}

async fn connect(
    host: &str,
    port: u16,
    addresses: Vec<SocketAddr>,
    connect_max: Duration,
) -> Result<TcpStream, UpstreamError> {
    let host = with_port(host, port);
    match timeout(connect_max, race(addresses)).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(source)) if source.kind() == io::ErrorKind::ConnectionRefused => {
            Err(UpstreamError::Refused { host, source })
        }
        Ok(Err(source)) => Err(UpstreamError::Unreachable { host, source }),
        Err(_elapsed) => Err(UpstreamError::ConnectTimeout {
            host,
            after: connect_max,
        }),
    }
}

/// The first address that answers, each tried while the ones before it still are; the first error where none does.
async fn race(addresses: Vec<SocketAddr>) -> io::Result<TcpStream> {
    if let [address] = addresses[..] {
        return TcpStream::connect(address).await;
    }
    let mut attempts = JoinSet::new();
    let mut first_error = None;
    let mut addresses = addresses.into_iter();
    loop {
        let next = addresses.next();
        let is_last = next.is_none();
        if let Some(address) = next {
            attempts.spawn(TcpStream::connect(address));
        }
        let until = tokio::time::Instant::now() + NEXT_ADDRESS_AFTER;
        while let Some(ended) = next_ended(&mut attempts, until, is_last).await {
            match ended {
                Ok(stream) => return Ok(stream),
                Err(error) => first_error = first_error.or(Some(error)),
            }
            if !is_last {
                break;
            }
        }
        if is_last && attempts.is_empty() {
            return Err(first_error.unwrap_or_else(|| io::ErrorKind::NotFound.into()));
        }
    }
}

/// The next attempt that ended; `None` where none is left or, unless all are under way, it is time for another.
async fn next_ended(
    attempts: &mut JoinSet<io::Result<TcpStream>>,
    until: tokio::time::Instant,
    all_under_way: bool,
) -> Option<io::Result<TcpStream>> {
    let ended = if all_under_way {
        attempts.join_next().await
    } else {
        timeout_at(until, attempts.join_next()).await.ok().flatten()
    };
    ended.map(|joined| joined.unwrap_or_else(|error| Err(io::Error::other(error))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_a_client_of_another_machine_to_no_loopback() {
        let remote = Reach::of("192.168.1.7:1".parse().unwrap());
        let local = Reach::of("[::ffff:127.0.0.1]:1".parse().unwrap());
        let all = [
            "127.0.0.1:1",
            "[::1]:1",
            "0.0.0.0:1",
            "[::ffff:127.0.0.2]:1",
        ];
        let all: Vec<SocketAddr> = all.iter().map(|it| it.parse().unwrap()).collect();
        assert_eq!(allowed("evil.test", all.clone(), local).unwrap(), all);
        let refused = allowed("evil.test", all.clone(), remote).unwrap_err();
        assert_eq!(
            (refused.id(), refused.status().as_u16()),
            ("upstream-loopback", 403)
        );
        for named in ["localhost", "app.localhost.", "127.0.0.1", "::1"] {
            assert_eq!(allowed(named, all.clone(), remote).unwrap(), all, "{named}");
        }
        let public: SocketAddr = "192.0.2.1:1".parse().unwrap();
        let mixed = vec![all[0], public];
        assert_eq!(allowed("mixed.test", mixed, remote).unwrap(), [public]);
    }

    #[tokio::test]
    async fn what_a_container_calls_its_host_is_this_machine() {
        for host in ["Host.Docker.Internal", "host.containers.internal."] {
            let found = resolve(host, 1, &TimeLimits::default()).await.unwrap();
            let remote = Reach::of("172.17.0.2:1".parse().unwrap());
            assert_eq!(allowed(host, found.clone(), remote).unwrap(), found);
        }
        assert!(!is_loopback("docker.internal"));
    }

    #[tokio::test]
    async fn an_address_that_refuses_gives_way_to_the_next() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let refusing = closed.local_addr().unwrap();
        drop(closed);
        let open = listener.local_addr().unwrap();
        let stream = race(vec![refusing, open]).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), open);
        let error = race(vec![refusing]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
    }
}
