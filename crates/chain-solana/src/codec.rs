//! The verbs of the protocol on Solana chains.

use ed25519_dalek::{Signature as Ed25519, VerifyingKey};
use jinku_chain::{
    ChainCode, ChainError, ChainResult, Codec, Creation, Effects, Fee, Message, Signature, Signed,
    ToSign, Unsigned,
};
use jinku_words::intent::IntentKind;
use jinku_words::plan::Curve;
use jinku_words::{AssetId, ChainId, Intent, Plan};

use crate::key::{account, key_of, token};
use crate::step::Step;
use crate::tx::Transaction;
use crate::wire::{SIGNATURES, malformed, unsupported};

/// The Solana family.
#[derive(Clone, Copy, Debug, Default)]
pub struct Solana;

/// A transaction that somebody signed, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// What was signed, and whose signature it is.
    pub unsigned: Unsigned,
    /// Its name on the chain: the signature in base58.
    pub id: String,
    /// The signature.
    pub signature: Signature,
}

impl Solana {
    /// A signed transaction, taken for one of this chain: its bytes do not say of which they are.
    ///
    /// # Errors
    /// `tx.malformed`, `tx.unsupported`, `tx.range`, `tx.other_chain`, `tx.signature`.
    pub fn open(&self, chain: &ChainId, bytes: &[u8]) -> ChainResult<Opened> {
        on_solana(chain)?;
        let Some((head, message)) = bytes.split_at_checked(SIGNATURES) else {
            let found = format!("{} bytes", bytes.len());
            return Err(malformed(
                "they end early",
                &found,
                "a signature and a message",
            ));
        };
        let [1, signature @ ..] = head else {
            let found = format!("{} signatures", head.first().copied().unwrap_or_default());
            return Err(unsupported("a message of several signers", &found));
        };
        let mut parts = [0; 64];
        parts.copy_from_slice(signature);
        let found = Transaction::parse(message)?;
        let unsigned = Unsigned {
            account: account(chain, &found.payer)?,
            bytes: message.to_vec(),
        };
        let signature = Signature {
            bytes: parts,
            recovery_id: None,
        };
        let id = self.attach(&unsigned, &[signature])?.id;
        Ok(Opened {
            unsigned,
            id,
            signature,
        })
    }
}

impl Codec for Solana {
    fn fee_asset(&self, chain: &ChainId) -> ChainResult<AssetId> {
        on_solana(chain)?;
        AssetId::new(chain.clone(), "slip44", "501")
            .map_err(|error| ChainError::of_word(ChainCode::OtherChain, &error))
    }

    fn build(&self, intent: &Intent, plan: &Plan) -> ChainResult<Unsigned> {
        Ok(Unsigned {
            account: intent.source.clone(),
            bytes: self.transaction(intent, plan)?.message()?,
        })
    }

    fn summarise(&self, unsigned: &Unsigned) -> ChainResult<Effects> {
        let found = parse(unsigned)?;
        let fee = Fee {
            account: unsigned.account.clone(),
            asset: self.fee_asset(unsigned.account.chain())?,
            most: found.most_fee()?.into(),
        };
        let mut effects = Effects::new(unsigned.account.chain().clone(), fee);
        for step in &found.steps {
            add_step(&found, step, &mut effects)?;
        }
        effects.creations.sort();
        Ok(effects)
    }

    fn payloads(&self, unsigned: &Unsigned) -> ChainResult<Vec<ToSign>> {
        parse(unsigned)?;
        Ok(vec![ToSign {
            account: unsigned.account.clone(),
            curve: Curve::Ed25519,
            message: Message::Bytes(unsigned.bytes.clone()),
        }])
    }

    fn attach(&self, unsigned: &Unsigned, signatures: &[Signature]) -> ChainResult<Signed> {
        let found = parse(unsigned)?;
        let refused = |found: String, expected: &str| {
            let what = "a signature is not the account's over this transaction";
            ChainError::new(ChainCode::Signature, what, found, expected)
        };
        let [
            Signature {
                bytes,
                recovery_id: None,
            },
        ] = signatures
        else {
            let found = format!("{} signatures", signatures.len());
            return Err(refused(found, "1 without recovery id"));
        };
        VerifyingKey::from_bytes(&found.payer)
            .and_then(|key| key.verify_strict(&unsigned.bytes, &Ed25519::from_bytes(bytes)))
            .map_err(|_| {
                refused(
                    unsigned.account.to_string(),
                    "its Ed25519 signature over the message",
                )
            })?;
        Ok(Signed {
            bytes: [&[1][..], bytes, &unsigned.bytes].concat(),
            id: bs58::encode(bytes).into_string(),
        })
    }

    /// Also says that the receiver's token account is made where it is missing: every transfer of a token takes that along.
    fn asked(&self, intent: &Intent) -> ChainResult<Effects> {
        let mut effects = Effects::of_intent(intent, self.fee_asset(intent.chain())?)?;
        if intent.kind == IntentKind::Transfer && intent.asset.namespace() == "token" {
            effects.creations.push(Creation {
                owner: intent.destination.clone(),
                asset: intent.asset.clone(),
            });
        }
        Ok(effects)
    }
}

/// The message of these bytes, when its payer is the account.
fn parse(unsigned: &Unsigned) -> ChainResult<Transaction> {
    on_solana(unsigned.account.chain())?;
    let found = Transaction::parse(&unsigned.bytes)?;
    let expected = key_of(unsigned.account.address(), ChainCode::Malformed)?;
    if found.payer != expected {
        let payer = account(unsigned.account.chain(), &found.payer)?;
        return Err(malformed(
            "another pays and signs",
            payer.address(),
            unsigned.account.address(),
        ));
    }
    Ok(found)
}

/// Adds what an instruction does.
fn add_step(found: &Transaction, step: &Step, effects: &mut Effects) -> ChainResult<()> {
    let chain = effects.chain.clone();
    match step {
        Step::Transfer { from, to, lamports } => {
            let (from, to) = (account(&chain, from)?, account(&chain, to)?);
            let coin = effects.fee.asset.clone();
            effects.move_asset(&from, &to, &coin, None, (*lamports).into())
        }
        Step::TransferToken {
            mint,
            destination,
            authority,
            amount,
            ..
        } => {
            let owner = found.owner_of(destination).ok_or_else(|| {
                malformed(
                    "a token account has no owner",
                    &crate::key::text(destination),
                    "one",
                )
            })?;
            let (from, to) = (account(&chain, authority)?, account(&chain, owner)?);
            effects.move_asset(&from, &to, &token(&chain, mint)?, None, (*amount).into())
        }
        Step::CreateAccount { owner, mint, .. } => {
            effects.creations.push(Creation {
                owner: account(&chain, owner)?,
                asset: token(&chain, mint)?,
            });
            Ok(())
        }
        Step::Memo { text, .. } => {
            effects.notes.push(text.clone());
            Ok(())
        }
        Step::AdvanceNonce { .. } | Step::ComputeLimit(_) | Step::ComputePrice(_) => Ok(()),
    }
}

pub(crate) fn on_solana(chain: &ChainId) -> ChainResult<()> {
    if chain.namespace() == "solana" {
        return Ok(());
    }
    let what = "a chain is of another family";
    Err(ChainError::new(
        ChainCode::OtherChain,
        what,
        chain.to_string(),
        "a chain of solana",
    ))
}
