//! Speaks HTTP with a client, for a session that answers.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::body::Outgoing;
use crate::connection_error::ConnectionError;
use crate::http2::ClientConnection;
use crate::limits::HEADER_READ_BYTES_MAX;
use crate::passes::Passes;
use crate::patient::Patient;
use crate::relay::relay;
use crate::rescue::Problem;
use crate::session::{Session, Upgraded};
use crate::tasks::Tasks;
use crate::tls::Protocol;
use crate::wire::ClientWire;

/// What is polled in passes, in this order, besides the wait for the end.
const CONNECTION: usize = 0;
const TASKS: usize = 1;

/// What ends the passes.
enum Event<E> {
    /// The client's connection has ended.
    Ended(Result<(), E>),
    /// The connection to the server has ended, and the client's is to end with it.
    ServerEnded,
    /// The connection is not to be gone on with.
    GivenUp,
}

/// Serves a client until its connection ends, also in another protocol that it upgrades to.
pub(crate) async fn serve<T>(
    session: &Arc<Session>,
    mut tasks: Tasks,
    stream: T,
    protocol: Protocol,
) -> Result<(), ConnectionError>
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let stream = Patient::new(stream);
    let served = match protocol {
        Protocol::Http1 => {
            let answering = Arc::clone(session);
            let service = service_fn(move |request| Arc::clone(&answering).answer(request));
            let io = TokioIo::new(client_wire(session, stream));
            let connection = http1_server().serve_connection(io, service).with_upgrades();
            let graceful = http1::UpgradeableConnection::graceful_shutdown;
            drive(connection, session, &mut tasks, graceful).await
        }
        Protocol::Http2 => {
            let connection = ClientConnection::new(stream, session);
            drive(
                connection,
                session,
                &mut tasks,
                ClientConnection::end_gracefully,
            )
            .await
        }
    };
    finish(session, tasks, served).await
}

/// What comes after the last exchange: the protocol that was upgraded to, or the end.
pub(crate) async fn finish(
    session: &Session,
    mut tasks: Tasks,
    served: Result<(), ConnectionError>,
) -> Result<(), ConnectionError> {
    let finished = match session.take_upgraded() {
        Some(upgraded) if served.is_ok() => relay_upgraded(upgraded, &mut tasks).await,
        _ => served,
    };
    session.leave(tasks).await;
    finished
}

/// Runs a connection to its end, which comes after the exchange in flight where the server's connection ended, or
/// where the proxy shuts down, and by itself where the connection is not used.
pub(crate) async fn drive<C, E>(
    connection: C,
    session: &Session,
    tasks: &mut Tasks,
    end_gracefully: impl Fn(Pin<&mut C>),
) -> Result<(), ConnectionError>
where
    C: Future<Output = Result<(), E>>,
    ConnectionError: From<E>,
{
    let mut connection = pin!(connection);
    let mut given_up = pin!(given_up(session));
    let passes = Passes::<3>::new();
    let mut poll = |part: usize, cx: &mut Context<'_>| match part {
        CONNECTION => {
            let ended = connection.as_mut().poll(cx);
            if tasks.have_more() {
                passes.wake(TASKS);
            }
            ended.map(Event::Ended)
        }
        TASKS => {
            let event = poll_tasks(session, tasks, cx).map(|()| Event::ServerEnded);
            if session.learns_of_tunnels() {
                // The client is told by its connection.
                passes.wake(CONNECTION);
            }
            event
        }
        _ => given_up.as_mut().poll(cx).map(|()| Event::GivenUp),
    };
    let mut event = poll_fn(|cx| passes.poll(cx, &mut poll)).await;
    if let Event::ServerEnded = event {
        // The last that the server said goes to the client first, as if nothing had ended yet.
        let ended = poll_fn(|cx| Poll::Ready(connection.as_mut().poll(cx)));
        if let Poll::Ready(ended) = ended.await {
            event = Event::Ended(ended);
        }
    }
    if let Event::Ended(ended) = event {
        return Ok(ended?);
    }
    session.mark_used();
    end_gracefully(connection.as_mut());
    let ending = async {
        tokio::select! {
            ended = connection => Ok(ended?),
            // HTTP/2 waits for the client to agree.
            () = session.grown_idle() => Ok(()),
        }
    };
    tasks.run_until(ending).await
}

/// Lets the tasks go on; is ready when the client's connection is to end with that of the server.
fn poll_tasks(session: &Session, tasks: &mut Tasks, cx: &mut Context<'_>) -> Poll<()> {
    while tasks.poll(cx).is_ready() {
        if session.ends_with_server() {
            return Poll::Ready(());
        }
    }
    Poll::Pending
}

/// Ends when the connection is not to be gone on with.
async fn given_up(session: &Session) {
    tokio::select! {
        () = session.shared.shut_down() => {}
        () = session.grown_idle() => {}
    }
}

/// The client's end of a connection on which HTTP/1 is spoken.
pub(crate) fn client_wire<T>(session: &Session, stream: T) -> ClientWire<T> {
    let (shared, client) = (Arc::clone(&session.shared), session.client());
    let header_max = shared.times().header_max;
    let tell = move |problem: &Problem| shared.notice_misspoke(client, problem);
    ClientWire::new(
        stream,
        Arc::clone(&session.line),
        header_max,
        Box::new(tell),
    )
}

/// How HTTP/1 is spoken with clients: as little as possible is added to what the server sent.
///
/// hyper takes a client that closes its side for gone; [`ClientWire`] shows it the end of the client only when the answer
/// is complete.
pub(crate) fn http1_server() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .auto_date_header(false)
        .preserve_header_case(true)
        .max_buf_size(HEADER_READ_BYTES_MAX);
    builder
}

async fn relay_upgraded(upgraded: Upgraded, tasks: &mut Tasks) -> Result<(), ConnectionError> {
    let both = async { tokio::try_join!(upgraded.client, upgraded.server) };
    let (client, server) = tasks.run_until(both).await?;
    relay(&mut TokioIo::new(client), &mut TokioIo::new(server)).await
}

/// The type of a service's answer, named once.
pub(crate) type Answered = Result<Response<Outgoing>, std::convert::Infallible>;
/// The type of a service's request, named once.
pub(crate) type Asked = Request<Incoming>;
