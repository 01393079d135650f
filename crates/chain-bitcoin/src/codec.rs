//! The verbs of the protocol on Bitcoin.

use jinku_address::{Family, network, script_hash};
use jinku_chain::{
    ChainCode, ChainError, ChainResult, Codec, Effects, Message, Signature, Signed, ToSign,
    Unsigned,
};
use jinku_sign::k1::RecoverableSignature;
use jinku_sign::{SignError, der, k1, schnorr};
use jinku_words::plan::Curve;
use jinku_words::{AssetId, ChainId, Intent, Plan};

use crate::psbt::{Psbt, PsbtVersion};
use crate::sighash::ALL;
use crate::spend::{Lock, Spend};

/// The Bitcoin family: the main network and its test networks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bitcoin;

impl Codec for Bitcoin {
    /// `slip44:0`, and `slip44:1` on test networks.
    fn fee_asset(&self, chain: &ChainId) -> ChainResult<AssetId> {
        let elsewhere = |found: String| {
            let (what, expected) = ("a chain is not Bitcoin's", "a bip122 chain that is known");
            ChainError::new(ChainCode::OtherChain, what, found, expected)
        };
        let found = network(&chain.to_string()).map_err(|error| elsewhere(error.to_string()))?;
        if found.family != Family::Bitcoin {
            return Err(elsewhere(chain.to_string()));
        }
        AssetId::new(chain.clone(), "slip44", &found.coin_type.to_string())
            .map_err(|error| ChainError::of_word(ChainCode::OtherChain, &error))
    }

    /// A PSBT of version 0.
    fn build(&self, intent: &Intent, plan: &Plan) -> ChainResult<Unsigned> {
        Ok(Unsigned {
            account: intent.source.clone(),
            bytes: self.made(intent, plan)?.encoded(PsbtVersion::Zero),
        })
    }

    fn summarise(&self, unsigned: &Unsigned) -> ChainResult<Effects> {
        Ok(parsed(unsigned)?.1)
    }

    /// One for each input. All are on secp256k1; a taproot account signs by BIP-340 with its tweaked key, every other by
    /// ECDSA.
    fn payloads(&self, unsigned: &Unsigned) -> ChainResult<Vec<ToSign>> {
        let (found, _) = parsed(unsigned)?;
        let to_sign = |(digest, owner): ([u8; 32], _)| ToSign {
            account: owner,
            curve: Curve::Secp256k1,
            message: Message::Digest(digest),
        };
        let digests = found.digests();
        Ok(digests.into_iter().zip(found.owners).map(to_sign).collect())
    }

    fn attach(&self, unsigned: &Unsigned, signatures: &[Signature]) -> ChainResult<Signed> {
        let (found, _) = parsed(unsigned)?;
        let digests = found.digests();
        if signatures.len() != digests.len() {
            let count = format!("{} signatures", signatures.len());
            return Err(refused(
                count,
                format!("{}, one for each input", digests.len()),
            ));
        }
        let mut signed = found.transaction;
        let parts = found.locks.iter().zip(&digests).zip(signatures);
        for (input, ((lock, digest), signature)) in signed.inputs.iter_mut().zip(parts) {
            input.witness = match lock {
                Lock::Key(hash) => by_key(hash, digest, signature)?,
                Lock::Wrapped(hash) => {
                    input.script_sig = [&[22, 0, 20][..], hash].concat();
                    by_key(hash, digest, signature)?
                }
                Lock::Taproot(output) => by_output_key(output, digest, signature)?,
            };
        }
        Ok(Signed {
            bytes: signed.encoded(),
            id: signed.id(),
        })
    }
}

/// What these bytes spend and do, when they are a PSBT of the account's chain that is read in full.
pub(crate) fn parsed(unsigned: &Unsigned) -> ChainResult<(Spend, Effects)> {
    let payer = &unsigned.account;
    let coin = Bitcoin.fee_asset(payer.chain())?;
    let (psbt, _) = Psbt::parse(&unsigned.bytes)?;
    let found = Spend::of(psbt, payer)?;
    let effects = found.effects(payer, coin)?;
    Ok((found, effects))
}

/// The witness of a key's hash (BIP-141): a low-s signature (BIP-146) of the key that has this hash.
fn by_key(hash: &[u8; 20], digest: &[u8; 32], signature: &Signature) -> ChainResult<Vec<Vec<u8>>> {
    let Some(recovery_id) = signature.recovery_id else {
        let (found, expected) = ("no recovery id", "one, on an ECDSA signature");
        return Err(refused(found.to_owned(), expected.to_owned()));
    };
    let made = RecoverableSignature {
        compact: signature.bytes,
        recovery_id,
    };
    let key = k1::recover(digest, &made).map_err(|error| wrong(&error))?;
    if script_hash(&key) != *hash {
        let expected = "the key whose hash is spent";
        return Err(refused(
            "the signature of another key".to_owned(),
            expected.to_owned(),
        ));
    }
    k1::verify(&key, digest, &signature.bytes).map_err(|error| wrong(&error))?;
    let mut first = der::encode(&signature.bytes);
    first.push(ALL);
    Ok(vec![first, key.to_vec()])
}

/// The witness of an output key (BIP-341): its BIP-340 signature, without a byte for the hash type.
fn by_output_key(
    output: &[u8; 32],
    digest: &[u8; 32],
    signature: &Signature,
) -> ChainResult<Vec<Vec<u8>>> {
    if let Some(id) = signature.recovery_id {
        let expected = "none on a BIP-340 signature";
        return Err(refused(format!("recovery id {id}"), expected.to_owned()));
    }
    schnorr::verify(output, digest, &signature.bytes).map_err(|error| wrong(&error))?;
    Ok(vec![signature.bytes.to_vec()])
}

fn wrong(error: &SignError) -> ChainError {
    refused(
        error.to_string(),
        "a signature of the input's own key, low-s".to_owned(),
    )
}

fn refused(found: String, expected: String) -> ChainError {
    let what = "a signature is not the account's over this transaction";
    ChainError::new(ChainCode::Signature, what, found, expected)
}
