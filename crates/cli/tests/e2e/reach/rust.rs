//! reqwest, by which most Rust programs speak HTTP. This test is the program: what a second build would do, it does by itself.

use grantscope_testkit::TestCa;
use reqwest::{Certificate, Client};

use super::{Program, holds};

/// The test below, as the program that grantscope starts.
const PROGRAM: &str = "reach::rust::as_a_program";

#[test]
fn the_clients_of_rust_fare_as_the_page_says() {
    let this = std::env::current_exe().unwrap();
    let words = ["--ignored", "--exact", "--nocapture", PROGRAM].map(Into::into);
    holds(
        "Rust",
        &Program::new(std::iter::once(this.into_os_string()).chain(words)),
    );
}

/// Presents a refresh token by clients of reqwest: `PROGRAM CLIENT,… URL…`.
#[tokio::test]
#[ignore = "is the program of another test, which gives it its arguments"]
async fn as_a_program() {
    let mut arguments = std::env::args().skip_while(|it| it != PROGRAM).skip(1);
    let clients = arguments
        .next()
        .expect("the clients, as the other test gives them");
    rustls::crypto::ring::default_provider()
        .install_default()
        .unwrap();
    for url in arguments {
        for client in clients.split(',') {
            if let Err(error) = post(&url, client).await {
                eprintln!("{client} at {url}: {error:?}");
            }
        }
    }
}

async fn post(url: &str, client: &str) -> reqwest::Result<()> {
    let builder = match client {
        "reqwest" => Client::builder(),
        "reqwest-no-proxy" => Client::builder().no_proxy(),
        // What is compiled in, as webpki-roots are, is not the user's to add to.
        "reqwest-compiled-in-roots" => Client::builder().tls_certs_only([compiled_in()]),
        other => panic!("there is no client {other}"),
    };
    let token = format!("secret-of-{client}");
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &token),
        ("client_id", client),
    ];
    builder.build()?.post(url).form(&form).send().await?;
    Ok(())
}

fn compiled_in() -> Certificate {
    Certificate::from_pem(TestCa::new().unwrap().pem().as_bytes()).unwrap()
}
