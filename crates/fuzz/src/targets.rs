//! The list of targets.

mod capture;
mod exchange;
mod only;
mod printable;
mod provider;
mod redaction;
mod stranger;

/// A function of any bytes that panics where something does not hold.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The name, also of its program and of the directories of its seeds and regressions.
    pub name: &'static str,
    /// What is run.
    pub run: fn(&[u8]),
}

const fn target(name: &'static str, run: fn(&[u8])) -> Target {
    Target { name, run }
}

/// All of them.
pub const TARGETS: [Target; 17] = [
    target("detection", stranger::detection),
    target("client_hello", stranger::client_hello),
    target("connect_target", stranger::connect_target),
    target("wire", stranger::wire),
    target("metadata", stranger::metadata),
    target("form", exchange::form),
    target("json", exchange::json),
    target("location", exchange::location),
    target("jwt", exchange::jwt),
    target("har", capture::har),
    target("flows", capture::flows),
    target("jsonl", capture::jsonl),
    target("provider", provider::provider),
    target("redaction", redaction::redaction),
    target("diagnosis", redaction::diagnosis),
    target("only", only::only),
    target("printable", printable::printable),
];
