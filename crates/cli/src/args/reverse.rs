//! The value of `--reverse`.

use grantscope_proxy::{Reverse, Spoken};

/// Reads `LISTEN=URL`, where `LISTEN` may begin with the scheme that is spoken there.
pub(super) fn parse(text: &str) -> Result<Reverse, String> {
    let (listen, server) = text
        .split_once('=')
        .ok_or("write LISTEN=URL, as in 127.0.0.1:9443=https://idp.example")?;
    let (spoken, listen) = match listen.split_once("://") {
        None => (Spoken::Either, listen),
        Some(("https", listen)) => (Spoken::Tls, listen),
        Some(("http", listen)) => (Spoken::Clear, listen),
        Some((other, _)) => {
            return Err(format!(
                "{other}:// is not spoken here: write https:// or http://"
            ));
        }
    };
    let listen = listen.trim_end_matches('/');
    let listen = listen
        .parse()
        .map_err(|error| format!("{listen} is no address with a port: {error}"))?;
    Ok(Reverse {
        listen,
        spoken,
        server: server.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_stands_for_a_server_may_name_what_is_spoken_there() {
        for (text, listen, spoken) in [
            (
                "127.0.0.1:9443=https://idp.example",
                "127.0.0.1:9443",
                Spoken::Either,
            ),
            (
                "https://[::1]:9443=http://localhost:3000",
                "[::1]:9443",
                Spoken::Tls,
            ),
            (
                "http://127.0.0.1:0/=https://idp.example/a=b",
                "127.0.0.1:0",
                Spoken::Clear,
            ),
        ] {
            let read = parse(text).unwrap();
            assert_eq!(
                (read.listen.to_string().as_str(), read.spoken),
                (listen, spoken)
            );
            assert!(text.ends_with(&read.server));
        }
        for text in [
            "127.0.0.1:9443",
            "ftp://127.0.0.1:1=https://a",
            "localhost=https://a",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
