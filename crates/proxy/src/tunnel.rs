//! What a client does with a tunnel that it asked for by CONNECT: the server is connected to, what is spoken is found
//! out, and the tunnel is intercepted, served or passed on.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;

use crate::connect::{Dialed, Reach, with_port};
use crate::connection_error::ConnectionError;
use crate::detect::{Detection, detect};
use crate::distrust::Kind;
use crate::relay::relay;
use crate::rewind::Rewind;
use crate::serve::serve;
use crate::session::{Opened, Session};
use crate::shared::Shared;
use crate::tap::{Notice, Rejection, TunnelReason};
use crate::target::Target;
use crate::tasks::Tasks;
use crate::tls::Protocol;
use crate::upstream::{Connected, Origin};
use crate::upstream_error::UpstreamError;

/// How long a client may keep silent in a tunnel to a server that cannot be reached.
const SILENT_MAX: Duration = Duration::from_secs(10);

/// How long the head of a frame of HTTP/2 is (RFC 9113 §4.1).
const HTTP2_HEAD_LEN: usize = 9;

/// A tunnel that a client asked for.
#[derive(Clone)]
pub(crate) struct Tunnel {
    pub(crate) shared: Arc<Shared>,
    pub(crate) client: SocketAddr,
    /// The `User-Agent` of the CONNECT request; SOCKS has none.
    pub(crate) user_agent: Option<String>,
    /// A name, or an IP address without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
}

/// Who spoke first, and what.
pub(crate) enum First {
    Client(Detection),
    Server,
    /// Nobody: the client left.
    Nobody,
    /// Nobody: the server left.
    ServerLeft,
}

/// How a tunnel begins: by whom, and with the connection to the server, unless one is kept that may do.
type Opening = (First, Option<Result<Dialed, UpstreamError>>);

impl Tunnel {
    /// Runs the tunnel to its end.
    pub(crate) async fn run<T>(self, mut client: Rewind<T>) -> Result<(), ConnectionError>
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        if let Some(reason) = self.chosen() {
            let dialed = self.dial().await;
            return self.pass_on(client, dialed, reason).await;
        }
        let first = tokio::select! {
            first = self.first(&mut client) => first?,
            () = self.shared.given_up() => None,
        };
        let Some((first, dialed)) = first else {
            return Ok(());
        };
        match first {
            First::Client(Detection::Tls) => Box::pin(self.intercept(client, dialed)).await,
            first => Box::pin(self.run_clear(client, first, dialed)).await,
        }
    }

    /// Why the tunnel is passed on before anything is said in it.
    fn chosen(&self) -> Option<TunnelReason> {
        let policy = self.shared.policy();
        if policy.passthrough.contains(&self.host, self.port) {
            return Some(TunnelReason::Passthrough);
        }
        let is_distrusted = policy.auto_passthrough && self.shared.distrust.contains(&self.kind());
        is_distrusted.then_some(TunnelReason::Distrusted)
    }

    /// The kind of its client, for this host.
    pub(crate) fn kind(&self) -> Kind {
        Kind::new(&self.host, self.port, self.user_agent.as_deref())
    }

    async fn run_clear<T>(
        &self,
        client: Rewind<T>,
        first: First,
        dialed: Option<Result<Dialed, UpstreamError>>,
    ) -> Result<(), ConnectionError>
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let dialed = match dialed {
            Some(dialed) => dialed,
            None => self.dial().await,
        };
        match first {
            First::Client(Detection::Http1) => {
                self.serve_clear(client, dialed, Protocol::Http1).await
            }
            First::Client(Detection::Http2) => {
                self.serve_clear(client, dialed, Protocol::Http2).await
            }
            First::Client(Detection::Tls | Detection::Opaque) => {
                self.pass_on(client, dialed, TunnelReason::NotHttp).await
            }
            First::Server => {
                self.pass_on(client, dialed, TunnelReason::ServerSpokeFirst)
                    .await
            }
            First::Nobody | First::ServerLeft => Ok(()),
        }
    }

    pub(crate) async fn dial(&self) -> Result<Dialed, UpstreamError> {
        let reach = Reach::of(self.client);
        self.shared
            .upstream()
            .dial(&self.host, self.port, reach)
            .await
    }

    /// Connects to the server, and meanwhile looks who speaks first: in most protocols the client, in some the server.
    /// `None` where the client left.
    async fn first<T>(&self, client: &mut Rewind<T>) -> Result<Option<Opening>, ConnectionError>
    where
        T: AsyncRead + Unpin,
    {
        if self.shared.idle.is_kept(&self.host, self.port) {
            let detection = detect(client).await?;
            return Ok(detection.map(|detection| (First::Client(detection), None)));
        }
        let mut dialing = pin!(self.dial());
        let mut dialed = tokio::select! {
            biased;
            detection = detect(client) => {
                let Some(detection) = detection? else {
                    return Ok(None);
                };
                return Ok(Some((First::Client(detection), Some(dialing.await))));
            }
            dialed = &mut dialing => dialed,
        };
        let first = match &mut dialed {
            Ok(dialed) => first_of(client, dialed).await?,
            Err(_) => match timeout(SILENT_MAX, detect(client)).await {
                Ok(detection) => detection?.map_or(First::Nobody, First::Client),
                Err(_elapsed) => First::Client(Detection::Opaque),
            },
        };
        Ok(Some((first, Some(dialed))))
    }

    async fn serve_clear<T>(
        &self,
        client: Rewind<T>,
        dialed: Result<Dialed, UpstreamError>,
        protocol: Protocol,
    ) -> Result<(), ConnectionError>
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let origin = Arc::new(Origin {
            host: self.host.clone(),
            port: self.port,
            tls: None,
        });
        let tasks = Tasks::default();
        let session = Arc::new(self.session(&origin, protocol, &tasks));
        let opened = dialed.map(|dialed| Opened::New(Connected::clear(dialed)));
        session.begin_with(&origin, opened).await;
        serve(&session, tasks, client, protocol).await
    }

    async fn pass_on<T>(
        &self,
        mut client: Rewind<T>,
        dialed: Result<Dialed, UpstreamError>,
        reason: TunnelReason,
    ) -> Result<(), ConnectionError>
    where
        T: AsyncRead + AsyncWrite + Unpin,
    {
        match dialed {
            Ok(mut dialed) => {
                self.notice_tunnelled(reason);
                relay(&mut client, &mut dialed.stream).await
            }
            // There is no way to tell the client in a protocol that is not known.
            Err(error) => {
                self.shared.notice_upstream(&error);
                Ok(())
            }
        }
    }

    pub(crate) fn session(
        &self,
        origin: &Arc<Origin>,
        protocol: Protocol,
        tasks: &Tasks,
    ) -> Session {
        let target = Target::Origin(Arc::clone(origin));
        let shared = Arc::clone(&self.shared);
        Session::new(shared, self.client, target, protocol, tasks)
    }

    pub(crate) fn notice_tunnelled(&self, reason: TunnelReason) {
        self.shared.tap.notice(Notice::Tunnelled {
            host: with_port(&self.host, self.port),
            client: self.client,
            reason,
        });
    }

    pub(crate) fn notice_rejected(&self, how: Rejection) {
        if self.shared.policy().auto_passthrough {
            self.shared.distrust.rejected(&self.kind(), &how);
        }
        self.shared.tap.notice(Notice::ClientRejectedCertificate {
            host: with_port(&self.host, self.port),
            client: self.client,
            user_agent: self.user_agent.clone(),
            how,
        });
    }
}

/// A server that closes the connection before anything was said ends the tunnel, as it would without the proxy.
async fn first_of<T>(client: &mut Rewind<T>, dialed: &mut Dialed) -> Result<First, ConnectionError>
where
    T: AsyncRead + Unpin,
{
    let mut beginning = [0; HTTP2_HEAD_LEN];
    tokio::select! {
        biased;
        detection = detect(client) => Ok(detection?.map_or(First::Nobody, First::Client)),
        said = dialed.stream.speaks(&mut beginning) => match said {
            Ok(_) if is_http2_settings(beginning) => {
                Ok(detect(client).await?.map_or(First::Nobody, First::Client))
            }
            Ok(1..) => Ok(First::Server),
            Ok(0) | Err(_) => Ok(First::ServerLeft),
        },
    }
}

/// A server of HTTP/2 need not wait for its client before it sends its settings (RFC 9113 §3.4), which are a frame of
/// type 4 for stream 0.
fn is_http2_settings(beginning: [u8; HTTP2_HEAD_LEN]) -> bool {
    const SETTINGS: u8 = 4;
    matches!(beginning, [0, _, _, SETTINGS, 0, 0, 0, 0, 0])
}
