//! Waits for an app on this machine to listen, so that the browser does not meet a closed port.

use std::net::IpAddr;
use std::time::Duration;

use http::Uri;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

/// So long an app may take to begin. Then the browser shows what is there.
const BEGIN_MAX: Duration = Duration::from_mins(5);

/// Between two looks there is so much time.
const PAUSE: Duration = Duration::from_millis(100);

/// Returns when something listens where a URL on this machine leads; at once for any other URL.
pub(super) async fn app(url: &str) {
    let Some((host, port)) = here(url) else {
        return;
    };
    // Where it takes longer, the browser tells what it meets.
    let _late = timeout(BEGIN_MAX, until(|| listens(&host, port))).await;
}

/// Looks again and again, until what is looked for is there.
async fn until<F: Future<Output = bool>>(is_there: impl Fn() -> F) {
    while !is_there().await {
        sleep(PAUSE).await;
    }
}

async fn listens(host: &str, port: u16) -> bool {
    TcpStream::connect((host, port)).await.is_ok()
}

/// The host and the port of a URL, where it is on this machine.
fn here(url: &str) -> Option<(String, u16)> {
    let uri: Uri = url.parse().ok()?;
    let usual = match uri.scheme_str() {
        Some("https") => 443,
        _ => 80,
    };
    let host = uri.host()?.trim_matches(['[', ']']).to_ascii_lowercase();
    let port = uri.port_u16().unwrap_or(usual);
    // RFC 6761 §6.3: names below `localhost` are loopback, also where the system's resolver does not know that.
    if host == "localhost" || host.ends_with(".localhost") {
        return Some(("localhost".to_owned(), port));
    }
    let is_loopback = host.parse::<IpAddr>().is_ok_and(|it| it.is_loopback());
    is_loopback.then_some((host, port))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::ready;

    use tokio::net::TcpSocket;
    use tokio::time::Instant;

    use super::*;

    #[test]
    fn an_app_on_this_machine_is_known_by_its_url() {
        let at = |host: &str, port| Some((host.to_owned(), port));
        assert_eq!(here("http://localhost:3000/login"), at("localhost", 3000));
        assert_eq!(here("https://app.localhost"), at("localhost", 443));
        assert_eq!(here("http://[::1]:81/"), at("::1", 81));
        assert_eq!(here("http://127.0.0.1"), at("127.0.0.1", 80));
        assert_eq!(here("https://idp.example/"), None);
        assert_eq!(here("about:blank"), None);
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_looked_for_until_it_is_there() {
        let (looks, begun) = (Cell::new(0), Instant::now());
        until(|| ready(looks.replace(looks.get() + 1) == 3)).await;
        assert_eq!((looks.get(), begun.elapsed()), (4, 3 * PAUSE));
    }

    #[tokio::test]
    async fn what_listens_is_there_and_a_port_alone_is_not() {
        let app = TcpSocket::new_v4().unwrap();
        app.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let port = app.local_addr().unwrap().port();
        assert!(!listens("127.0.0.1", port).await);
        let _app = app.listen(1).unwrap();
        assert!(listens("127.0.0.1", port).await);
        super::app(&format!("http://127.0.0.1:{port}/")).await;
    }
}
