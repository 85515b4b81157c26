//! Speaks HTTP with a client, for a session that answers.

use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::rt::Executor;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::body::Outgoing;
use crate::connection_error::ConnectionError;
use crate::contain::Contained;
use crate::limits::{HEADER_FIELDS_MAX, HEADER_READ_BYTES_MAX};
use crate::relay::relay;
use crate::session::{Session, Upgraded};
use crate::shared::Shared;
use crate::tls::Protocol;

/// Serves a client until its connection ends, also in another protocol that it upgrades to.
pub(crate) async fn serve<T>(
    session: &Arc<Session>,
    stream: T,
    protocol: Protocol,
) -> Result<(), ConnectionError>
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let io = TokioIo::new(stream);
    let answering = Arc::clone(session);
    let service = service_fn(move |request| Arc::clone(&answering).answer(request));
    match protocol {
        Protocol::Http1 => {
            let connection = http1_server().serve_connection(io, service).with_upgrades();
            drive(
                connection,
                session,
                http1::UpgradeableConnection::graceful_shutdown,
            )
            .await?;
            match session.take_upgraded() {
                Some(upgraded) => relay_upgraded(upgraded).await,
                None => Ok(()),
            }
        }
        Protocol::Http2 => {
            let connection = http2_server(session).serve_connection(io, service);
            drive(connection, session, http2::Connection::graceful_shutdown).await
        }
    }
}

/// Runs a connection to its end, which comes after the exchange in flight where the server's connection ended, or
/// where the proxy shuts down.
pub(crate) async fn drive<C>(
    connection: C,
    session: &Session,
    end_gracefully: impl Fn(Pin<&mut C>),
) -> Result<(), ConnectionError>
where
    C: Future<Output = Result<(), hyper::Error>>,
{
    let mut connection = pin!(connection);
    let mut shut_down = pin!(session.shared.shut_down());
    loop {
        tokio::select! {
            ended = connection.as_mut() => return Ok(ended?),
            () = session.closed.notified() => {
                if session.ends_with_server() {
                    break;
                }
            }
            () = &mut shut_down => break,
        }
    }
    session.mark_used();
    end_gracefully(connection.as_mut());
    Ok(connection.await?)
}

/// How HTTP/1 is spoken with clients: as little as possible is added to what the server sent.
///
/// A client that closes its side while it waits is taken to have gone away, and the server sees that too. hyper would
/// let it read the answer (`half_close`), at the price of not noticing those that are gone.
pub(crate) fn http1_server() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .auto_date_header(false)
        .preserve_header_case(true)
        .max_headers(HEADER_FIELDS_MAX)
        .max_buf_size(HEADER_READ_BYTES_MAX);
    builder
}

fn http2_server(session: &Session) -> http2::Builder<ContainingExecutor> {
    let mut builder = http2::Builder::new(ContainingExecutor {
        shared: Arc::clone(&session.shared),
        client: session.client(),
    });
    builder
        .auto_date_header(false)
        .max_header_list_size(u32::try_from(HEADER_READ_BYTES_MAX).unwrap_or(u32::MAX));
    builder
}

pub(crate) async fn relay_upgraded(upgraded: Upgraded) -> Result<(), ConnectionError> {
    let (client, server) = tokio::try_join!(upgraded.client, upgraded.server)?;
    relay(&mut TokioIo::new(client), &mut TokioIo::new(server)).await
}

/// Runs the exchanges of HTTP/2 in tasks whose panics are counted.
#[derive(Clone)]
struct ContainingExecutor {
    shared: Arc<Shared>,
    client: SocketAddr,
}

impl<F> Executor<F> for ContainingExecutor
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, task: F) {
        let Self { shared, client } = self.clone();
        tokio::spawn(async move {
            if Contained::new(task).await.is_none() {
                shared.panicked(client);
            }
        });
    }
}

/// The type of a service's answer, named once.
pub(crate) type Answered = Result<Response<Outgoing>, std::convert::Infallible>;
/// The type of a service's request, named once.
pub(crate) type Asked = Request<Incoming>;
