//! The clock of this machine against a server's, and whether the server is reached at all: asked through a proxy of our own, so
//! that the way is that of the traffic.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use http::Uri;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::check::Check;
use super::proxied::while_it_runs;
use crate::clock;
use crate::environment;
use crate::settings::Settings;

/// How long the server may take.
const ANSWER_MAX: Duration = Duration::from_secs(20);

/// So much of the answer is read, in bytes: its head.
const HEAD_BYTES_MAX: u64 = 64 * 1024;

/// `Date` has no fractions, and the answer was under way: so many seconds are nothing.
const OFF_MIN_S: i64 = 3;

/// Codes and assertions live for about so many seconds.
const OFF_MAX_S: i64 = 30;

/// What a server said of itself.
struct Answer {
    head: String,
    received_at: Timestamp,
}

pub(super) async fn checks(settings: &Settings, server: &str) -> Vec<Check> {
    match asked(settings, server).await {
        Ok(answer) => judge(server, &answer),
        Err(error) => vec![Check::bad(
            "server",
            format!("{server} was not reached: {error:#}"),
            "look whether the URL is right and this machine has a way there: --upstream-proxy, --upstream-ca",
        )],
    }
}

async fn asked(settings: &Settings, server: &str) -> Result<Answer> {
    let uri: Uri = server
        .parse()
        .with_context(|| format!("{server} is no URL"))?;
    let Some(host) = uri.authority().filter(|_| uri.scheme().is_some()) else {
        bail!("{server} is no URL: write https://HOST");
    };
    let host = host
        .as_str()
        .rsplit('@')
        .next()
        .unwrap_or_default()
        .to_owned();
    let mut settings = settings.clone();
    if settings.upstream_proxy.is_empty() {
        settings.upstream_proxy = environment::inherited_proxy().unwrap_or_default();
    }
    // A request of this form is sent to the server by TLS: no client for TLS is needed here.
    let request = format!(
        "HEAD {uri} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: grantscope doctor\r\nConnection: close\r\n\r\n"
    );
    let work = async |proxy, _| {
        timeout(ANSWER_MAX, exchange(proxy, &request))
            .await
            .context("no answer came in time")?
    };
    Ok(while_it_runs(&settings, work).await?.0)
}

async fn exchange(proxy: SocketAddr, request: &str) -> Result<Answer> {
    let mut connection = TcpStream::connect(proxy).await?;
    connection.write_all(request.as_bytes()).await?;
    let mut bytes = Vec::new();
    connection
        .take(HEAD_BYTES_MAX)
        .read_to_end(&mut bytes)
        .await?;
    Ok(Answer {
        head: String::from_utf8_lossy(&bytes).into_owned(),
        received_at: clock::now(),
    })
}

fn judge(server: &str, answer: &Answer) -> Vec<Check> {
    if let Some(fault) = field(&answer.head, "x-grantscope-error") {
        let said = field(&answer.head, "x-grantscope-detail").unwrap_or_default();
        return vec![Check::bad(
            "server",
            format!("{server} gave no answer to grantscope: {fault} {said}"),
            "a server with a private CA needs --upstream-ca FILE.pem; `grantscope` prints the whole reason when a program asks it",
        )];
    }
    let reached = Check::good("server", format!("{server} answers through grantscope"));
    vec![reached, offset(answer)]
}

fn offset(answer: &Answer) -> Check {
    let date = field(&answer.head, "date")
        .and_then(|text| DateTimeParser::new().parse_timestamp(text).ok());
    let Some(date) = date else {
        return Check::note(
            "clock",
            "the server sends no Date".to_owned(),
            "name another server by --server",
        );
    };
    let off = answer.received_at.as_second() - date.as_second();
    let side = if off > 0 { "ahead of" } else { "behind" };
    let summary = format!(
        "the clock of this machine is {} s {side} the server's",
        off.abs()
    );
    let mend = "set the clock, by `timedatectl set-ntp true` for instance: lifetimes of codes, tokens and assertions are judged by it";
    match off.abs() {
        small if small <= OFF_MIN_S => Check::good(
            "clock",
            "the clock of this machine and the server's agree".to_owned(),
        ),
        some if some <= OFF_MAX_S => Check::note("clock", summary, mend),
        _ => Check::bad("clock", summary, mend),
    }
}

fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = head.lines().skip(1).take_while(|line| !line.is_empty());
    lines.find_map(|line| {
        let (field, value) = line.split_once(':')?;
        field.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::doctor::check::State;

    fn state(received_at: &str) -> (State, String) {
        let check = offset(&Answer {
            head: "HTTP/1.1 200 OK\r\ndate: Tue, 24 Nov 2026 12:00:00 GMT\r\n\r\n".to_owned(),
            received_at: received_at.parse().unwrap(),
        });
        (check.state, check.summary)
    }

    #[test]
    fn a_clock_that_is_off_is_told_by_how_much() {
        assert_eq!(state("2026-11-24T12:00:02Z").0, State::Good);
        let (note, _) = state("2026-11-24T12:00:10Z");
        assert_eq!(note, State::Note);
        let (bad, summary) = state("2026-11-24T11:58:00Z");
        assert_eq!(bad, State::Bad);
        assert!(summary.contains("120 s behind"), "{summary}");
    }
}
