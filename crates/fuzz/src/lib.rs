//! Fuzz targets: whatever the network or a file holds, nothing panics, and what is promised of it holds.
//!
//! Each target is one function of any bytes, in `targets`. `cargo xtask fuzz` runs it under libFuzzer, which makes the
//! bytes; `cargo test` runs it on the seeds and on what was found before, so that the two cannot drift apart.

#[cfg(test)]
mod alter;
#[cfg(test)]
mod corpus;
mod message;
mod replay;
mod targets;

pub use replay::replay;
pub use targets::{TARGETS, Target};

/// The program of a target.
#[macro_export]
macro_rules! target {
    ($name:ident) => {
        #[cfg(fuzzing)]
        libfuzzer_sys::fuzz_target!(|bytes: &[u8]| $crate::run(stringify!($name), bytes));

        #[cfg(not(fuzzing))]
        fn main() -> std::process::ExitCode {
            $crate::replay(stringify!($name))
        }
    };
}

/// Runs a target.
///
/// # Panics
///
/// Where something that is promised does not hold, and where there is no such target.
pub fn run(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name);
    assert!(target.is_some(), "there is no target {name}");
    if let Some(target) = target {
        (target.run)(bytes);
    }
}
