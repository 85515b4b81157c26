//! The two ways to a server: straight, which is the reference, and through the proxy. What differs is the proxy's.

use std::net::SocketAddr;

use tokio::net::TcpStream;

use crate::support::{Running, connect};

/// How a client reaches a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Straight,
    Through,
}

impl Way {
    /// First the reference.
    pub(crate) const BOTH: [Self; 2] = [Self::Straight, Self::Through];

    /// A connection to the server, over which nothing was said yet.
    pub(crate) async fn to(self, server: SocketAddr, proxy: &Running) -> TcpStream {
        match self {
            Self::Straight => connect(server).await,
            Self::Through => proxy.tunnel(&server.to_string()).await,
        }
    }
}
