//! The files of which the sealed system file knows that they stand: one that is missing was deleted, it is never "the first
//! time".

/// What a mark says.
pub(crate) const BEGUN: &[u8] = b"begun";

/// A file that stands since the sealed one has its mark.
#[derive(Clone, Copy)]
pub(crate) enum Begun {
    /// `signer/log.head`: without it, no head of the log is signed any more.
    Head,
    /// `signer/trust.root`: without it, nobody is believed any more.
    Pin,
    /// `signer/slots.log` and `signer/slots.head`: without them, no vault's key signs any more.
    Slots,
}

impl Begun {
    /// In the order in which they begin.
    pub(crate) const ALL: [Self; 3] = [Self::Head, Self::Pin, Self::Slots];

    /// The name of the mark.
    #[must_use]
    pub(crate) const fn record(self) -> &'static str {
        match self {
            Self::Head => "log-head",
            Self::Pin => "trust-pin",
            Self::Slots => "slot-log",
        }
    }
}
