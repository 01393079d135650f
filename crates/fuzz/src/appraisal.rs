//! The appraisal of what a coordinator brings: in a request that may be signed one part is exchanged, and nothing else than
//! what was asked for may be signed.

use std::sync::LazyLock;

use jinku_chain::Codec;
use jinku_chain_evm::Evm;
use jinku_evidence::{
    Case, EvidenceCode, EvidenceError, EvidenceResult, Head, Own, Request, Rules, SignedBytes,
    Slots, appraise,
};
use jinku_proof::Hash;
use jinku_proof::log::trust::TrustRoot;
use jinku_words::{ChainId, Intent};
use serde_json::Value;

const FROZEN: &str = include_str!("../../../tests/snapshots/evidence/request.json");
/// How many parts of a request may be exchanged.
const PARTS: usize = 9;

/// What may be signed. Its parts, by number: intent, its signature, plan, policy, an approval, its signature, entry, receipt,
/// consistency proof.
struct Frozen {
    parts: [Vec<u8>; PARTS],
    other: (Vec<u8>, [u8; 64]),
    trust: TrustRoot,
    networks: [ChainId; 1],
    seen: Head,
    now_ms: u64,
}

static WORLD: LazyLock<Option<Frozen>> = LazyLock::new(frozen);

fn frozen() -> Option<Frozen> {
    let facts: Value = serde_json::from_str(FROZEN).ok()?;
    let text = |value: &Value| Some(value.as_str()?.as_bytes().to_vec());
    let bytes = |value: &Value| hex::decode(value.as_str()?).ok();
    let signed = |it: &Value| Some((text(&it["document"])?, bytes(&it["signature"])?));
    let (intent, of_intent) = signed(&facts["intent"])?;
    let (approval, of_approval) = signed(&facts["approvals"][0])?;
    let (other, of_other) = signed(&facts["approvals"][1])?;
    let hashes: Option<Vec<_>> = facts["extension"].as_array()?.iter().map(bytes).collect();
    let chain = Intent::from_canonical(&intent).ok()?.chain().clone();
    Some(Frozen {
        parts: [
            intent,
            of_intent,
            text(&facts["plan"])?,
            text(&facts["policy"])?,
            approval,
            of_approval,
            text(&facts["entry"])?,
            text(&facts["receipt"])?,
            hashes?.concat(),
        ],
        other: (other, of_other.try_into().ok()?),
        trust: TrustRoot::from_canonical(&text(&facts["trust_root"])?).ok()?,
        networks: [chain],
        seen: Head {
            size: facts["seen"]["size"].as_u64()?,
            root: bytes(&facts["seen"]["root"])?.try_into().ok()?,
        },
        now_ms: facts["now_ms"].as_u64()?,
    })
}

/// Both approve.
struct Both;

impl Rules for Both {
    fn judge(&self, case: &Case<'_>) -> EvidenceResult<()> {
        if case.approvers.len() == 2 {
            return Ok(());
        }
        let found = case.approvers.join(", ");
        Err(EvidenceError::new(
            EvidenceCode::Obligation,
            "too few approve",
            found,
            "two",
        ))
    }
}

fn signature(bytes: &[u8]) -> [u8; 64] {
    std::array::from_fn(|at| bytes.get(at).copied().unwrap_or_default())
}

/// The first byte says which part the others are.
pub(crate) fn appraisal(data: &[u8]) {
    if let Some((which, rest)) = data.split_first() {
        signs(*which, rest);
    }
}

/// Whether the request may be signed with this part in place of its own.
fn signs(which: u8, rest: &[u8]) -> bool {
    let Some(world) = &*WORLD else {
        panic!("the frozen request is malformed")
    };
    let which = usize::from(which) % PARTS;
    let part = |at: usize| if at == which { rest } else { &world.parts[at] };
    let (of_intent, of_approval) = (signature(part(1)), signature(part(5)));
    let approvals = [
        SignedBytes {
            bytes: part(4),
            signature: &of_approval,
        },
        SignedBytes {
            bytes: &world.other.0,
            signature: &world.other.1,
        },
    ];
    let extension: &[Hash] = part(8).as_chunks::<32>().0;
    let request = Request {
        intent: SignedBytes {
            bytes: part(0),
            signature: &of_intent,
        },
        plan: part(2),
        policy: part(3),
        approvals: &approvals,
        entry: part(6),
        receipt: part(7),
        extension,
    };
    let own = Own {
        trust: &world.trust,
        networks: &world.networks,
        vouched: None,
        seen: world.seen,
        slots: &Slots::default(),
        codec: |chain| (chain.family() == "evm").then_some(&Evm as &'static dyn Codec),
        rules: &Both,
        now_ms: world.now_ms,
    };
    let Ok(ready) = appraise(&own, &request) else {
        return false;
    };
    let same = match which {
        1 | 5 => signature(rest) == signature(&world.parts[which]),
        // A receipt may carry extra data and lines of strangers; the head that it shows is the same.
        7 => ready.head.size == 6,
        8 => extension == world.parts[8].as_chunks::<32>().0,
        _ => rest == world.parts[which],
    };
    assert!(same, "part {which} was exchanged, and it would be signed");
    true
}

/// Each part as it stands, behind its number.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let Some(world) = &*WORLD else {
        return Vec::new();
    };
    let parts = (0u8..).zip(&world.parts);
    parts
        .map(|(number, part)| [&[number], part.as_slice()].concat())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_as_it_stands_is_signed_and_with_a_bit_turned_over_it_is_not() {
        let seeds = seeds();
        assert_eq!(seeds.len(), PARTS);
        for seed in seeds {
            let (which, part) = (seed[0], &seed[1..]);
            assert!(signs(which, part));
            for at in (0..part.len()).step_by(7) {
                let mut changed = part.to_vec();
                changed[at] ^= 1;
                assert!(!signs(which, &changed), "part {which}, byte {at}");
            }
        }
    }
}
