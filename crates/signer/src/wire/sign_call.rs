//! What is asked of a vault's keys, and what is brought to show that they may.

use jinku_words::id::Id;

/// What is asked of a vault's keys, or of the log of what was given for them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SigningCall {
    /// A signature.
    Sign(Box<SignCall>),
    /// How far the slot log is.
    Head {
        /// The size at which a witness stands.
        old: Option<u64>,
    },
}

/// A request to sign. Nothing in it is believed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignCall {
    /// Whose keys, and whose token.
    pub vault: Id,
    /// The intent.
    pub intent: Vec<u8>,
    /// Its initiator's signature.
    pub intent_signature: [u8; 64],
    /// The plan.
    pub plan: Vec<u8>,
    /// The policy document.
    pub policy: Vec<u8>,
    /// Approvals, each with its author's signature.
    pub approvals: Vec<(Vec<u8>, [u8; 64])>,
    /// The journal's entry of the plan.
    pub entry: Vec<u8>,
    /// Its receipt.
    pub receipt: Vec<u8>,
    /// A consistency proof from the journal's head seen last.
    pub extension: Vec<[u8; 32]>,
    /// The cosigned head of the slot log; empty before there is one.
    pub head: Vec<u8>,
}
