//! One connection of a client, from its first byte.

use std::future::ready;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::Either;
use http::{Method, Response, header};
use http_body_util::Full;
use hyper::body::Body as _;
use hyper::server::conn::http1::UpgradeableConnection;
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::body::{Content, Outgoing};
use crate::connection_error::ConnectionError;
use crate::detect::{Detection, detect};
use crate::rescue::{self, Problem};
use crate::rewind::Rewind;
use crate::serve::{Answered, Asked, client_wire, drive, finish, http1_server};
use crate::session::Session;
use crate::shared::Shared;
use crate::socks;
use crate::target::{self, Target};
use crate::tasks::Tasks;
use crate::tls::Protocol;
use crate::token::{Token, conceal};
use crate::tunnel::Tunnel;
use crate::wire::ClientWire;

/// How long, and how much, a client that was refused is listened to, so that it reads the answer before the end.
const LINGER_MAX: Duration = Duration::from_secs(1);
const LINGER_BYTES_MAX: u64 = 1024 * 1024;

/// Serves a client's connection to its end. The token is what the client has to present, if anything.
pub(crate) async fn run(
    shared: Arc<Shared>,
    stream: TcpStream,
    client: SocketAddr,
    token: Option<Token>,
) -> Result<(), ConnectionError> {
    // Nagle's algorithm against delayed acknowledgements costs 40 ms a message.
    stream.set_nodelay(true)?;
    let mut stream = Rewind::new(stream);
    let detection = tokio::select! {
        detection = detect(&mut stream) => detection?,
        () = shared.given_up() => None,
    };
    match detection {
        None => Ok(()),
        Some(Detection::Http1) => serve_proxy(shared, stream, client, token).await,
        Some(Detection::Tls) => refuse(&shared, stream, client, Problem::tls_to_proxy()).await,
        Some(Detection::Http2) => refuse(&shared, stream, client, Problem::malformed()).await,
        Some(Detection::Opaque) => match stream.ahead().first() {
            Some(&socks::VERSION) => socks::serve(shared, stream, client, token).await,
            Some(&socks::VERSION_4) => socks::refuse_version_4(&shared, stream, client).await,
            _ => refuse(&shared, stream, client, Problem::malformed()).await,
        },
    }
}

/// Answers a client whose first bytes no HTTP library would read.
pub(crate) async fn refuse(
    shared: &Shared,
    stream: Rewind<TcpStream>,
    client: SocketAddr,
    problem: Problem,
) -> Result<(), ConnectionError> {
    shared.notice_misspoke(client, &problem);
    farewell(stream, &problem.bytes()).await
}

/// Says the last to a client, and ends its connection.
pub(crate) async fn farewell(
    mut stream: Rewind<TcpStream>,
    last: &[u8],
) -> Result<(), ConnectionError> {
    stream.write_all(last).await?;
    stream.shutdown().await?;
    // Closing with bytes unread would reset the connection, and the answer be lost.
    let mut rest = stream.take(LINGER_BYTES_MAX);
    let mut nowhere = tokio::io::sink();
    let lingering = tokio::io::copy(&mut rest, &mut nowhere);
    drop(timeout(LINGER_MAX, lingering).await);
    Ok(())
}

/// A client's connection in which it speaks to the proxy.
struct ProxyService {
    session: Arc<Session>,
    client: SocketAddr,
    /// What the client has to present.
    token: Option<Token>,
    /// The tunnel that the connection becomes.
    tunnel: Mutex<Option<(OnUpgrade, Tunnel)>>,
}

async fn serve_proxy(
    shared: Arc<Shared>,
    stream: Rewind<TcpStream>,
    client: SocketAddr,
    token: Option<Token>,
) -> Result<(), ConnectionError> {
    let mut tasks = Tasks::default();
    let session = Session::new(shared, client, Target::Absolute, Protocol::Http1, &tasks);
    let service = Arc::new(ProxyService {
        session: Arc::new(session),
        client,
        token,
        tunnel: Mutex::default(),
    });
    let served = serve_until_tunnel(&service, stream, &mut tasks).await;
    finish(&service.session, tasks, served).await?;
    if let Some((upgrade, tunnel)) = service.take_tunnel() {
        let stream = taken_back(upgrade).await?;
        return Box::pin(tunnel.run(stream)).await;
    }
    Ok(())
}

async fn serve_until_tunnel(
    service: &Arc<ProxyService>,
    stream: Rewind<TcpStream>,
    tasks: &mut Tasks,
) -> Result<(), ConnectionError> {
    let answering = Arc::clone(service);
    let answer = service_fn(move |request| Arc::clone(&answering).answer(request));
    let io = TokioIo::new(client_wire(&service.session, stream));
    let connection = http1_server().serve_connection(io, answer).with_upgrades();
    drive(
        connection,
        &service.session,
        tasks,
        UpgradeableConnection::graceful_shutdown,
    )
    .await
}

/// The stream itself, without hyper around it.
async fn taken_back(upgrade: OnUpgrade) -> Result<Rewind<TcpStream>, ConnectionError> {
    let upgraded = upgrade.await?;
    let parts = upgraded
        .downcast::<TokioIo<ClientWire<Rewind<TcpStream>>>>()
        .map_err(|_upgraded| std::io::Error::other("the stream is not the one that was given"))?;
    let mut stream = parts.io.into_inner().into_inner();
    stream.prepend(&parts.read_buf);
    Ok(stream)
}

impl ProxyService {
    fn answer(self: Arc<Self>, mut request: Asked) -> impl Future<Output = Answered> + Send {
        let is_own = request.method() == Method::CONNECT || request.uri().scheme().is_none();
        let is_admitted = self.admits(&request);
        conceal(request.headers_mut());
        if is_own || !is_admitted {
            let line = Arc::clone(&self.session.line);
            line.begin(true);
            let own = if is_admitted {
                self.answer_itself(request)
            } else {
                rescue::who_asks()
            };
            let own = own.map(Content::Own);
            let answered = own.map(|content| Outgoing::new(content, &line));
            return Either::Left(ready(Ok(answered)));
        }
        Either::Right(Arc::clone(&self.session).answer(request))
    }

    /// What the proxy says of itself, it says to everybody: the certificate is no secret.
    fn admits(&self, request: &Asked) -> bool {
        let is_about_itself =
            request.method() != Method::CONNECT && request.uri().scheme().is_none();
        let Some(token) = &self.token else {
            return true;
        };
        is_about_itself || token.is_in(request.headers())
    }

    fn answer_itself(&self, request: Asked) -> Response<Full<Bytes>> {
        if request.method() == Method::CONNECT {
            self.connect(request)
        } else {
            self.own(request.uri().path())
        }
    }

    fn connect(&self, mut request: Asked) -> Response<Full<Bytes>> {
        if !request.body().is_end_stream() {
            return Problem::connect_with_content().response();
        }
        let (host, port) = match target::of_connect(request.uri()) {
            Ok(host_and_port) => host_and_port,
            Err(problem) => return problem.response(),
        };
        let user_agent = request.headers().get(header::USER_AGENT);
        let tunnel = Tunnel {
            shared: Arc::clone(&self.session.shared),
            client: self.client,
            user_agent: user_agent
                .map(|agent| String::from_utf8_lossy(agent.as_bytes()).into_owned()),
            host,
            port,
        };
        let upgrade = hyper::upgrade::on(&mut request);
        *self.tunnel.lock().unwrap_or_else(PoisonError::into_inner) = Some((upgrade, tunnel));
        Response::new(Full::default())
    }

    fn own(&self, path: &str) -> Response<Full<Bytes>> {
        let shared = &self.session.shared;
        match path {
            "/ca.pem" => rescue::certificate(shared.authority.ca_pem()),
            _ => rescue::help(shared.address),
        }
    }

    fn take_tunnel(&self) -> Option<(OnUpgrade, Tunnel)> {
        self.tunnel
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

#[cfg(test)]
mod tests;
