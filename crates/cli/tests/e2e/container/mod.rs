//! Containers: what they are shown and told, and how their command is changed. None is started: the programs that would are played.

mod printed;
#[cfg(unix)]
mod started;
