//! What was observed, and what was not: a missing observation is a value of its own.

/// Something that was observed, or the reason why it was not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen<T> {
    /// It was observed.
    Seen(T),
    /// It was not.
    Unseen(Unseen),
}

/// Why something was not observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unseen {
    /// No exchange of the capture carries it: it happened elsewhere, before the capture, or not at all.
    NotCaptured,
    /// It was observed, or may have been, and has been forgotten since, because the ledger is bounded.
    Evicted,
    /// Several exchanges may carry it, and nothing tells which one does.
    Ambiguous,
}

impl<T> Seen<T> {
    /// What was observed.
    pub fn seen(&self) -> Option<&T> {
        match self {
            Self::Seen(value) => Some(value),
            Self::Unseen(_) => None,
        }
    }

    /// The observation, or the reason for its absence.
    pub fn from_option(value: Option<T>, otherwise: Unseen) -> Self {
        value.map_or(Self::Unseen(otherwise), Self::Seen)
    }
}
