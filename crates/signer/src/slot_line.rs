//! One line of the slot log: what a plan consumes, for whom, what it moves, and the head of the journal that it rested on.

use jinku_evidence::{Appraised, Slot};
use jinku_policy::Spent;
use jinku_proof::log::checkpoint::Checkpoint;
use jinku_proof::log::trust::TrustRoot;
use jinku_words::canonical::{parse_exact, to_vec};
use jinku_words::error::Result;
use jinku_words::shape::{DIGEST, Fields, MAX_MS, value_error};
use jinku_words::{Id, WordsError};
use serde_json::{Value, json};

/// More than any plan consumes: its inputs, and a nonce or two.
const MAX_KEYS: usize = 1_024;

/// A slot that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Given {
    /// What is consumed.
    pub(crate) slot: Slot,
    /// The plan that its plan replaces.
    pub(crate) replaces: Option<Id>,
    /// What is moved, and when the slot was given.
    pub(crate) spent: Spent,
    /// The journal's head under which the plan stood.
    pub(crate) journal: Checkpoint,
    /// The version of the trust root under which it was given.
    pub(crate) trust: u64,
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn digest(fields: &mut Fields, name: &str) -> Result<[u8; 32]> {
    let text = fields.text(name)?;
    DIGEST.check(&text, name)?;
    let mut out = [0; 32];
    for (byte, pair) in out.iter_mut().zip(text.as_bytes().chunks(2)) {
        let pair = std::str::from_utf8(pair).ok();
        let read = pair.and_then(|pair| u8::from_str_radix(pair, 16).ok());
        *byte = read.ok_or_else(|| value_error(name, &text, "hex digits"))?;
    }
    Ok(out)
}

fn journal(mut fields: Fields) -> Result<Checkpoint> {
    let head = Checkpoint::new(
        &fields.text("origin")?,
        fields.small("size", u64::MAX)?,
        digest(&mut fields, "root")?,
    );
    fields.end()?;
    head.map_err(|error| value_error("slot.journal", error.to_string(), "a head"))
}

impl Given {
    /// The slot of an appraised plan, given at this time.
    ///
    /// # Errors
    /// `document.value` for an origin that is none, which would be a defect.
    pub(crate) fn of(ready: &Appraised, trust: &TrustRoot, at_ms: u64) -> Result<Self> {
        let intent = &ready.intent;
        let head = Checkpoint::new(&trust.origin, ready.head.size, ready.head.root);
        Ok(Self {
            slot: ready.slot.clone(),
            replaces: ready.plan.replaces,
            spent: Spent {
                at_ms,
                intent_digest: hex(&ready.slot.intent_digest),
                vault: intent.vault,
                source: intent.source.clone(),
                destination: intent.destination.clone(),
                initiator: intent.initiator.clone(),
                asset: intent.asset.clone(),
                amount: intent.amount,
                value: None,
            },
            journal: head
                .map_err(|error| value_error("slot.journal", error.to_string(), "a head"))?,
            trust: trust.version,
        })
    }

    /// The line, sealed, without its end: canonical JSON, so no byte of it ends a line.
    ///
    /// # Errors
    /// A [`WordsError`], which would be a defect.
    pub(crate) fn to_line(&self, seal: impl Fn(&[u8]) -> [u8; 64]) -> Result<Vec<u8>> {
        let mut value = self.value();
        value["seal"] = hex(&seal(&to_vec(&value)?)).into();
        to_vec(&value)
    }

    fn value(&self) -> Value {
        let (slot, spent, head) = (&self.slot, &self.spent, &self.journal);
        json!({
            "amount": spent.amount.to_string(),
            "asset": spent.asset.to_string(),
            "at": spent.at_ms.to_string(),
            "destination": spent.destination.to_string(),
            "initiator": spent.initiator,
            "intent": slot.intent.to_string(),
            "intent_digest": hex(&slot.intent_digest),
            "journal": {"origin": head.origin, "root": hex(&head.root), "size": head.size.to_string()},
            "keys": slot.keys,
            "plan": slot.plan.to_string(),
            "plan_digest": hex(&slot.plan_digest),
            "precursor": slot.precursor,
            "replaces": self.replaces.map(|id| id.to_string()),
            "request": slot.request,
            "source": spent.source.to_string(),
            "trust": self.trust.to_string(),
            "unshared": slot.unshared,
            "v": 1,
            "vault": spent.vault.to_string(),
        })
    }

    /// The slot of a line that stands under no head yet, which its seal alone vouches for.
    ///
    /// # Errors
    /// Those of [`Given::parse`]; `document.value` for another seal.
    pub(crate) fn sealed(line: &[u8], seal: impl Fn(&[u8]) -> [u8; 64]) -> Result<Self> {
        let given = Self::parse(line)?;
        if given.to_line(seal)? == line {
            return Ok(given);
        }
        Err(value_error("slot.seal", "another", "this signer's own"))
    }

    /// The slot of exactly this line; its seal is for others to look at.
    ///
    /// # Errors
    /// A [`WordsError`] that names the field.
    pub(crate) fn parse(line: &[u8]) -> std::result::Result<Self, WordsError> {
        let mut fields = Fields::new(parse_exact(line)?, "slot".to_owned())?;
        fields.version(1)?;
        let intent_digest = digest(&mut fields, "intent_digest")?;
        let given = Self {
            slot: Slot {
                intent: fields.word("intent")?,
                intent_digest,
                plan: fields.word("plan")?,
                plan_digest: digest(&mut fields, "plan_digest")?,
                keys: fields.strings("keys", MAX_KEYS)?,
                unshared: fields.strings("unshared", MAX_KEYS)?,
                precursor: fields.flag("precursor")?,
                request: fields.text("request")?,
            },
            replaces: fields.optional("replaces", Fields::word)?,
            spent: Spent {
                at_ms: fields.small("at", MAX_MS)?,
                intent_digest: hex(&intent_digest),
                vault: fields.word("vault")?,
                source: fields.word("source")?,
                destination: fields.word("destination")?,
                initiator: fields.text("initiator")?,
                asset: fields.word("asset")?,
                amount: fields.word("amount")?,
                value: None,
            },
            journal: journal(fields.fields("journal")?)?,
            trust: fields.small("trust", u64::MAX)?,
        };
        fields.text("seal")?;
        fields.end()?;
        Ok(given)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line as homes have it: a change of its form needs a new version.
    const FROZEN: &str = concat!(
        r#"{"amount":"1000","asset":"eip155:1/slip44:60","at":"1700000000000","destination":"eip155:1:0x6fac4d18c912343bf86fa7049364dd4e424ab9c0","#,
        r#""initiator":"bo","intent":"018bcfe5-6800-7000-8000-000000000001","intent_digest":"1111111111111111111111111111111111111111111111111111111111111111","#,
        r#""journal":{"origin":"example.com/log","root":"2222222222222222222222222222222222222222222222222222222222222222","size":"9"},"#,
        r#""keys":["eip155:1:0x1a642f0e3c3af545e7acbd38b07251b3990914f1/nonce/7"],"plan":"018bcfe5-6800-7000-8000-000000000004","#,
        r#""plan_digest":"3333333333333333333333333333333333333333333333333333333333333333","precursor":false,"replaces":null,"request":"bo/order-4711","seal":"00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000","#,
        r#""source":"eip155:1:0x1a642f0e3c3af545e7acbd38b07251b3990914f1","trust":"2","unshared":["payload/44"],"v":1,"vault":"018bcfe5-6800-7000-8000-000000000003"}"#,
    );

    #[test]
    fn a_line_is_read_and_written_to_the_byte() {
        let given = Given::parse(FROZEN.as_bytes()).expect("a line");
        let line = |seal: [u8; 64]| given.to_line(|_| seal).expect("a line");
        assert_eq!(line([0; 64]), FROZEN.as_bytes());
        assert!(Given::sealed(FROZEN.as_bytes(), |_| [0; 64]).is_ok());
        assert!(Given::sealed(FROZEN.as_bytes(), |_| [1; 64]).is_err());
        assert_eq!(given.spent.intent_digest, "11".repeat(32));
        assert_eq!((given.journal.size, given.slot.keys.len()), (9, 1));
    }

    #[test]
    fn another_line_is_refused() {
        for (from, to) in [
            (r#""v":1"#, r#""v":2"#),
            (r#""v":1"#, r#""note":1,"v":1"#),
            (r#""precursor":false,"#, ""),
            (r#""replaces":null"#, r#""replaces":"x""#),
            (r#""amount":"1000""#, r#""amount":"01000""#),
            (r#""plan_digest":"33"#, r#""plan_digest":"3G"#),
            (r#""size":"9""#, r#""size":9"#),
            (r#"{"amount""#, r#"{ "amount""#),
        ] {
            let bent = FROZEN.replacen(from, to, 1);
            assert!(
                bent != FROZEN && Given::parse(bent.as_bytes()).is_err(),
                "{to}"
            );
        }
    }
}
