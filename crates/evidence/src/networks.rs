//! The networks that a signer signs for. The bytes of some families do not say for which network they are, and a key may have the
//! same address on several: what was asked for on a test network would be good on the main one.

use jinku_words::ChainId;

use crate::error::{EvidenceCode, EvidenceError, EvidenceResult};

/// Families whose every payload names its network. A family that is not listed is taken for one whose bytes name none.
const NAMED: [&str; 1] = ["evm"];

/// Holds when the chain is one of the signer's own, and, where bytes name no network, the only one of its family.
///
/// # Errors
/// `evidence.network`.
pub(crate) fn check_network(own: &[ChainId], chain: &ChainId) -> EvidenceResult<()> {
    let refused = |what: &str, found: String, expected: &str| {
        Err(EvidenceError::new(
            EvidenceCode::Network,
            what,
            found,
            expected,
        ))
    };
    if !own.contains(chain) {
        let what = "this signer does not sign for the network";
        return refused(what, chain.to_string(), "one that its settings name");
    }
    let family = chain.family();
    let other = own
        .iter()
        .find(|other| other.family() == family && *other != chain);
    match other.filter(|_| !NAMED.contains(&family)) {
        None => Ok(()),
        Some(other) => {
            let what = "this signer signs for two networks of a family whose bytes name none";
            let expected = "one network of the family in its settings";
            refused(what, format!("{chain} and {other}"), expected)
        }
    }
}
