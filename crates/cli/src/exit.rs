//! The exit codes, which scripts rely on.

use std::process::ExitCode;

/// How grantscope ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: fine.
    Fine,
    /// 1: findings, where `--fail-on` asked for it; a demo that went wrong.
    Findings,
    /// 2: wrong usage or set-up.
    SetUp,
    /// 3: nothing of OAuth was seen where it was expected.
    NothingSeen,
    /// 128 and the number of the signal by which grantscope was asked to end a second time, and ended at once.
    AtOnce(u8),
    /// The code of the command that `grantscope run` started; on Windows it has 32 bits.
    OfChild(i32),
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Fine => 0,
            Exit::Findings => 1,
            Exit::SetUp => 2,
            Exit::NothingSeen => 3,
            Exit::AtOnce(signal) => 128 + signal,
            Exit::OfChild(code) => u8::try_from(code).unwrap_or(1),
        })
    }
}
