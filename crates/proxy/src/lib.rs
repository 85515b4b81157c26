//! The intercepting proxy: takes connections of clients, reads what they and the servers say to each other, and passes
//! it on unchanged. What it read it gives to a [`Tap`].
//!
//! It knows nothing of OAuth, keeps nothing, and judges nothing: that is left to whoever holds the tap.
//!
//! The way of a connection, each step in a module of its own: `listen` accepts it, `client` looks at its first bytes
//! (`detect`) and serves requests to the proxy, by `socks` those of SOCKS, `tunnel` takes over after CONNECT, and there
//! `intercept` reads TLS.
//! Requests come to a `session`, which sends them over a `link` to the server, opened by `connect` and `upstream`;
//! over HTTP/1 by hyper and over HTTP/2 stream by stream (`http2`, `pipe`);
//! a `recording` watches the contents (`body`) and tells the tap,
//! and a `glance` is enough where only the answer tells whether they matter. Where there is no answer of the server, `rescue` has one.
//!
//! All of a client connection runs in one task: `tasks` holds what it runs besides itself, and `passes` polls them.
//! What may change while it runs is in a `policy`.
//!
//! ```no_run
//! # async fn start(tap: std::sync::Arc<dyn grantscope_proxy::Tap>) -> Result<(), grantscope_proxy::Error> {
//! use grantscope_proxy::{CertificateAuthority, Proxy, ProxyConfig};
//!
//! let authority = CertificateAuthority::open("ca".as_ref())?;
//! let proxy = Proxy::bind(ProxyConfig::new(authority, tap)).await?;
//! let address = proxy.local_addr();
//! let summary = proxy.serve(std::future::pending()).await?;
//! # Ok(())
//! # }
//! ```
//!
//! What it changes in what goes by, because a proxy must or to see the traffic: fields that belong to one connection
//! are dropped, an upgrade to `h2c` is not offered, `Alt-Svc` is left out, `Host` follows an absolute URL, and fields of
//! one name come together. `docs/fidelity.md` has the whole list. Behind an address that stands for a server (`reverse`) the
//! server has another name, which `facade` and `metadata` see to.
//!
//! **Invariant:** nothing that is done for the tap delays, changes or drops a byte between client and server.
//!
//! **Invariant:** a request is never sent to a server again once a byte of it may have been written.

mod accept;
mod belated;
mod body;
mod bypass;
mod ca;
mod certificate_fault;
mod client;
mod client_certificate;
mod clients;
mod clock;
mod coding;
mod config;
mod connect;
mod connection_error;
mod contain;
mod copy;
mod delegate;
mod demand;
mod detect;
mod dialer;
mod disagreement;
mod distrust;
mod error;
mod facade;
#[cfg(feature = "fuzz")]
#[doc(hidden)]
pub mod fuzz;
mod gathered;
mod glance;
mod headers;
mod held;
mod hosts;
mod http2;
mod idle;
mod intercept;
mod keylog;
mod limits;
mod line;
mod link;
mod links;
mod listen;
mod maybe_tls;
mod metadata;
mod other_proxy;
mod passes;
mod patient;
mod pipe;
mod policy;
mod proxy_fault;
mod recording;
mod relay;
mod request_head;
mod rescue;
mod reverse;
mod rewind;
mod serve;
mod session;
mod shared;
mod socks;
mod tap;
mod target;
mod tasks;
mod tls;
mod token;
mod tunnel;
mod upstream;
mod upstream_error;
mod verify;
mod way;
mod wide;
mod wire;

pub use bypass::{Bypass, NotABypass};
pub use ca::{CertificateAuthority, CertificateFacts};
pub use certificate_fault::CertificateFault;
pub use client_certificate::{ClientCertificate, ClientCertificateError};
pub use clients::{Network, NotANetwork};
pub use config::{DEFAULT_PORT, ProxyConfig};
pub use error::Error;
pub use limits::TimeLimits;
pub use listen::{BoundProxy, Proxy, Summary};
pub use policy::Control;
pub use proxy_fault::ProxyFault;
pub use request_head::RequestHead;
pub use reverse::{Reverse, Spoken};
pub use tap::{Interest, NamedBy, Notice, Outcome, Rejection, Tap, TunnelReason};
pub use token::{Token, TokenTooShort};
pub use upstream::holds_roots;
pub use upstream_error::UpstreamError;
