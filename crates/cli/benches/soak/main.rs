//! A proxy process under mixed load for some time: its memory, its open files and its threads must not grow.
//!
//! `cargo xtask soak [--minutes N]`. It prints a table, writes it and a picture to `--out`, and fails where something grows.
//! Everything is on loopback.

#![cfg_attr(
    target_os = "linux",
    expect(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "a run that cannot go on fails, and the panic says where"
    )
)]

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
mod load;
#[cfg(target_os = "linux")]
mod plot;
#[cfg(target_os = "linux")]
mod proxy;
#[cfg(target_os = "linux")]
mod sample;
#[cfg(target_os = "linux")]
mod server;

fn main() -> std::process::ExitCode {
    #[cfg(target_os = "linux")]
    return linux::run();
    #[cfg(not(target_os = "linux"))]
    {
        // Memory and open files of another process are read from /proc.
        std::process::ExitCode::SUCCESS
    }
}
