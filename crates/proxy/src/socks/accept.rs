//! A client that speaks SOCKS to the proxy, up to the tunnel that it asks for.
//!
//! A refusal is a number in this protocol, so that what it means is told by a [`Notice`] besides.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{
    CONNECT, NoAddress, PASSWORD_VERSION, VERSION, address_type, method, read_address, read_text,
    reply,
};
use crate::client::farewell;
use crate::connection_error::ConnectionError;
use crate::rewind::Rewind;
use crate::shared::Shared;
use crate::tap::Notice;
use crate::token::Token;
use crate::tunnel::Tunnel;

/// The answer of version 4: a zero, "request rejected or failed" (91), and six bytes without meaning.
const REJECTED_BY_VERSION_4: [u8; 8] = [0, 91, 0, 0, 0, 0, 0, 0];

/// Serves a client whose first byte was that of SOCKS version 5.
pub(crate) async fn serve(
    shared: Arc<Shared>,
    mut stream: Rewind<TcpStream>,
    client: SocketAddr,
    token: Option<Token>,
) -> Result<(), ConnectionError> {
    let negotiating = negotiate(&mut stream, token.as_ref());
    let negotiated = tokio::select! {
        negotiated = timeout(shared.times().handshake_max, negotiating) => negotiated,
        () = shared.shut_down() => return Ok(()),
    };
    let (host, port) = match negotiated {
        Ok(Ok(address)) => address,
        Ok(Err(Failed::Io(error))) => return Err(error.into()),
        Ok(Err(Failed::Refused(refusal))) => {
            notice_refused(&shared, client, &refusal);
            return farewell(stream, &refusal.answer()).await;
        }
        Err(_elapsed) => return Err(ConnectionError::SocksTimeout),
    };
    // As with CONNECT: where the server cannot be reached, the client is told in the protocol that it speaks there.
    stream.write_all(&answer(reply::SUCCEEDED)).await?;
    let tunnel = Tunnel {
        shared,
        client,
        user_agent: None,
        host,
        port,
    };
    Box::pin(tunnel.run(stream)).await
}

/// Tells a client of SOCKS version 4 that it is not understood.
pub(crate) async fn refuse_version_4(
    shared: &Shared,
    stream: Rewind<TcpStream>,
    client: SocketAddr,
) -> Result<(), ConnectionError> {
    notice_refused(shared, client, &Refusal::Version4);
    farewell(stream, &Refusal::Version4.answer()).await
}

fn notice_refused(shared: &Shared, client: SocketAddr, refusal: &Refusal) {
    shared.tap.notice(Notice::SocksRefused {
        client,
        id: refusal.id(),
        text: refusal.text(),
    });
}

/// Why a client does not get its tunnel.
enum Failed {
    Refused(Refusal),
    Io(io::Error),
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<Refusal> for Failed {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// What a client asks for that is not to be had.
enum Refusal {
    Version4,
    /// It would say who it is in a way that is not understood.
    Method,
    /// It is on another machine and presents no token.
    NoToken,
    /// It presents something else.
    OtherToken,
    Command(u8),
    AddressType(u8),
    Malformed,
}

impl Refusal {
    fn id(&self) -> &'static str {
        match self {
            Self::Version4 => "socks-version",
            Self::Method => "socks-method",
            Self::NoToken | Self::OtherToken => "client-not-authenticated",
            Self::Command(_) => "socks-command",
            Self::AddressType(_) => "socks-address-type",
            Self::Malformed => "socks-malformed",
        }
    }

    fn answer(&self) -> Vec<u8> {
        match self {
            Self::Version4 => REJECTED_BY_VERSION_4.to_vec(),
            Self::Method | Self::NoToken => vec![VERSION, method::NONE_ACCEPTABLE],
            // RFC 1929 §2: anything but 0 is a failure.
            Self::OtherToken => vec![PASSWORD_VERSION, 1],
            Self::Command(_) => answer(reply::COMMAND_NOT_SUPPORTED),
            Self::AddressType(_) => answer(reply::ADDRESS_TYPE_NOT_SUPPORTED),
            Self::Malformed => answer(reply::GENERAL_FAILURE),
        }
    }

    /// What is wrong, and what to do.
    fn text(&self) -> String {
        match self {
            Self::Version4 => "it speaks SOCKS4, which has no names and no IPv6: write socks5h:// in the URL of the \
                               proxy, or http://"
                .to_owned(),
            Self::Method => "it offers to authenticate by a method that is not understood: let it use none".to_owned(),
            Self::NoToken | Self::OtherToken => {
                "it is on another machine and does not present the token of this proxy: write it into the URL of the proxy, as the \
                 password, as in socks5h://grantscope:TOKEN@HOST:PORT"
                    .to_owned()
            }
            Self::Command(2) => {
                "it asks by SOCKS for a port on which others reach it (BIND), and tunnels are all that there is"
                    .to_owned()
            }
            Self::Command(3) => {
                "it asks by SOCKS for a relay of UDP, and tunnels are all that there is: HTTP/3 is not read, so let the \
                 client speak HTTP/2 or HTTP/1.1"
                    .to_owned()
            }
            Self::Command(other) => format!("it sends the unknown SOCKS command {other}"),
            Self::AddressType(other) => format!("it sends an address of the unknown SOCKS type {other}"),
            Self::Malformed => "its SOCKS request is malformed".to_owned(),
        }
    }
}

/// A whole reply (RFC 1928 §6). The address in it is where the tunnel begins, and of use to nobody.
fn answer(code: u8) -> Vec<u8> {
    let mut answer = vec![VERSION, code, 0, address_type::IPV4];
    answer.extend([0; 6]);
    answer
}

/// Agrees with the client on a method, and reads where it wants to go.
async fn negotiate(
    stream: &mut Rewind<TcpStream>,
    token: Option<&Token>,
) -> Result<(String, u16), Failed> {
    expect_version(stream).await?;
    let offered = read_text(stream).await?;
    agree(stream, &offered, token).await?;
    expect_version(stream).await?;
    let command = stream.read_u8().await?;
    let _reserved = stream.read_u8().await?;
    let address = read_address(stream).await;
    if command != CONNECT {
        return Err(Refusal::Command(command).into());
    }
    address.map_err(|error| match error {
        NoAddress::Type(unknown) => Refusal::AddressType(unknown).into(),
        NoAddress::Malformed => Refusal::Malformed.into(),
        NoAddress::Io(error) => Failed::Io(error),
    })
}

async fn expect_version(stream: &mut Rewind<TcpStream>) -> Result<(), Failed> {
    match stream.read_u8().await? {
        VERSION => Ok(()),
        _ => Err(Refusal::Malformed.into()),
    }
}

/// A client that insists on naming itself is let do so where nobody is asked for a name.
async fn agree(
    stream: &mut Rewind<TcpStream>,
    offered: &[u8],
    token: Option<&Token>,
) -> Result<(), Failed> {
    if offered.contains(&method::NO_AUTHENTICATION) && token.is_none() {
        stream
            .write_all(&[VERSION, method::NO_AUTHENTICATION])
            .await?;
        return Ok(());
    }
    if !offered.contains(&method::USER_AND_PASSWORD) {
        let refusal = token.map_or(Refusal::Method, |_| Refusal::NoToken);
        return Err(refusal.into());
    }
    stream
        .write_all(&[VERSION, method::USER_AND_PASSWORD])
        .await?;
    if stream.read_u8().await? != PASSWORD_VERSION {
        return Err(Refusal::Malformed.into());
    }
    let _user = read_text(stream).await?;
    let password = read_text(stream).await?;
    if token.is_some_and(|token| !token.is(&password)) {
        return Err(Refusal::OtherToken.into());
    }
    stream.write_all(&[PASSWORD_VERSION, 0]).await?;
    Ok(())
}
