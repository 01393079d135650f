//! What is asked about the trust root, and about the log that it names.

use super::SecretRef;

/// What is asked about the trust root.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs)] // as in `Call`
pub enum TrustCall {
    Show,
    Begin {
        created_at_ms: u64,
    },
    Sign {
        secret: SecretRef,
        document: Vec<u8>,
    },
    Accept {
        data: Vec<u8>,
    },
    OpenOrigin {
        secret: SecretRef,
        data: Vec<u8>,
        size: u64,
        root: [u8; 32],
        note: Vec<u8>,
        proof: Vec<[u8; 32]>,
        given_up: bool,
    },
    ResumeOrigin {
        statement: Vec<u8>,
        signature: [u8; 64],
    },
}
