//! A client and a server that speak HTTP/2, straight to each other or through the proxy, with their streams in hand.

use bytes::Bytes;
use h2::server::SendResponse;
use h2::{RecvStream, SendStream};
use http::{HeaderMap, Request, Response};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::support::{Running, accept, accept_tls, connect, connect_tls, server_authority, soon};

/// A stream as the server got it.
pub(crate) type Asked = (Request<RecvStream>, SendResponse<Bytes>);

/// The two ends of a connection.
pub(crate) struct Peers {
    pub(crate) client: h2::client::SendRequest<Bytes>,
    asked: mpsc::UnboundedReceiver<Asked>,
    /// Told to take no more requests.
    pub(crate) goes_away: mpsc::UnboundedSender<()>,
    /// Ends when the client's connection has.
    pub(crate) client_ended: tokio::task::JoinHandle<()>,
    /// Named where an assertion fails.
    pub(crate) way: &'static str,
}

impl Peers {
    /// Peers that speak straight to each other, which is the reference, and such that speak through the proxy.
    pub(crate) async fn both_ways(proxy: &Running) -> [Self; 2] {
        Self::both_ways_with(proxy, &h2::server::Builder::new()).await
    }

    pub(crate) async fn both_ways_with(proxy: &Running, server: &h2::server::Builder) -> [Self; 2] {
        [
            Box::pin(Self::open("straight", None, server)).await,
            Box::pin(Self::open("through", Some(proxy), server)).await,
        ]
    }

    async fn open(
        way: &'static str,
        proxy: Option<&Running>,
        server: &h2::server::Builder,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (goes_away, going) = mpsc::unbounded_channel();
        let accepting = async {
            let stream = accept(&listener).await;
            let stream = accept_tls(stream, &[b"h2"]).await;
            serve(server.handshake(stream).await.unwrap(), going)
        };
        let connecting = async {
            let (stream, root) = match proxy {
                Some(proxy) => (proxy.tunnel(&address.to_string()).await, proxy.root()),
                None => (connect(address).await, server_authority()),
            };
            let stream = connect_tls(stream, "localhost", root, &[b"h2"]).await;
            h2::client::handshake(stream.unwrap()).await.unwrap()
        };
        let both = Box::pin(async { tokio::join!(accepting, connecting) });
        let (asked, (client, connection)) = soon(both).await;
        let client_ended = tokio::spawn(async move {
            connection.await.ok();
        });
        Self {
            client,
            asked,
            goes_away,
            client_ended,
            way,
        }
    }

    /// The client sends a request, of which more comes where it does not end.
    pub(crate) async fn ask(
        &mut self,
        request: Request<()>,
        ends: bool,
    ) -> (h2::client::ResponseFuture, SendStream<Bytes>) {
        let mut client = soon(self.client.clone().ready()).await.unwrap();
        client.send_request(request, ends).unwrap()
    }

    /// What the server is asked next.
    pub(crate) async fn asked(&mut self) -> Asked {
        soon(self.asked.recv()).await.expect(self.way)
    }
}

fn serve<T>(
    mut connection: h2::server::Connection<T, Bytes>,
    mut going: mpsc::UnboundedReceiver<()>,
) -> mpsc::UnboundedReceiver<Asked>
where
    T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let (sender, asked) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            tokio::select! {
                accepted = connection.accept() => match accepted {
                    Some(Ok(asked)) => drop(sender.send(asked)),
                    _ => return,
                },
                Some(()) = going.recv() => connection.graceful_shutdown(),
            }
        }
    });
    asked
}

/// A request without content.
pub(crate) fn get(path: &str) -> Request<()> {
    Request::get(format!("https://localhost{path}"))
        .body(())
        .unwrap()
}

/// A request with content.
pub(crate) fn post(path: &str) -> Request<()> {
    Request::post(format!("https://localhost{path}"))
        .body(())
        .unwrap()
}

/// A header that says that all is well.
pub(crate) fn fine() -> Response<()> {
    Response::new(())
}

/// The next frame of a content; `None` after the last, or the reason that it broke off for.
pub(crate) async fn next(content: &mut RecvStream) -> Option<Result<Bytes, h2::Reason>> {
    let data = soon(content.data()).await?;
    if let Ok(data) = &data {
        content.flow_control().release_capacity(data.len()).unwrap();
    }
    Some(data.map_err(|error| error.reason().expect("a reason")))
}

/// All of a content that comes to its end, with its trailers.
pub(crate) async fn all(content: &mut RecvStream) -> (Vec<u8>, Option<HeaderMap>) {
    let mut all = Vec::new();
    while let Some(data) = next(content).await {
        all.extend_from_slice(&data.unwrap());
    }
    (all, soon(content.trailers()).await.unwrap())
}

/// Sends a large content as the other side takes it, to its end.
pub(crate) async fn send_all(mut to: SendStream<Bytes>, content: Bytes) {
    let mut content = content;
    while !content.is_empty() {
        to.reserve_capacity(content.len());
        let room = soon(std::future::poll_fn(|cx| to.poll_capacity(cx))).await;
        let room = room.unwrap().unwrap().min(content.len());
        to.send_data(content.split_to(room), content.is_empty())
            .unwrap();
    }
}
