//! The exit codes (contract), and which of several wins.

/// What the process says to its caller. One meaning each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Exit {
    /// 0: done, or nothing to do.
    #[default]
    Done,
    /// 1: error before any write.
    Error,
    /// 2: changes or findings present; only if asked for.
    Findings,
    /// 3: a selected decision or saved line was blocked, stale or contradicted; wrong seal, digest or head; a queue unread.
    Held,
    /// 4: some lines refused or not sent, none in doubt.
    Partial,
    /// 5: at least one outcome in doubt.
    InDoubt,
    /// 6: lock held.
    Locked,
    /// 7: declined at the prompt.
    Declined,
    /// 64: usage error.
    Usage,
    /// 130: interrupted by SIGINT.
    Interrupted,
    /// 143: interrupted by SIGTERM.
    Terminated,
}

impl Exit {
    /// The number.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Error => 1,
            Self::Findings => 2,
            Self::Held => 3,
            Self::Partial => 4,
            Self::InDoubt => 5,
            Self::Locked => 6,
            Self::Declined => 7,
            Self::Usage => 64,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }

    /// The more severe of two: 5, 130/143, 4, 6, 3, 1, 2, 0.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        if other.severity() > self.severity() {
            other
        } else {
            self
        }
    }

    fn severity(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Findings => 1,
            Self::Error => 2,
            // Both end a run before anything is read; they never meet the others.
            Self::Usage | Self::Declined => 3,
            Self::Held => 4,
            Self::Locked => 5,
            Self::Partial => 6,
            Self::Interrupted | Self::Terminated => 7,
            Self::InDoubt => 8,
        }
    }
}
