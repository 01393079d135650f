//! The verbs of the protocol on EVM chains.

use jinku_chain::{
    ChainCode, ChainError, ChainResult, Codec, Effects, Fee, Grant, Message, Signature, Signed,
    ToSign, Unsigned,
};
use jinku_words::plan::Curve;
use jinku_words::{AccountId, AssetId, ChainId, Intent, Plan, Uint256};
use sha3::{Digest, Keccak256};

use crate::authorization::{Authorization, SignedAuthorization, delegations};
use crate::build::NOBODY;
use crate::call::{Call, account, hex};
use crate::decode::unsupported;
use crate::recover::signer_of;
use crate::tx::Transaction;
use crate::typed::TypedData;
use crate::typed_grant::grant;

/// The EVM family.
#[derive(Clone, Copy, Debug, Default)]
pub struct Evm;

/// A transaction that somebody signed, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// What was signed, and whose signature it is.
    pub unsigned: Unsigned,
    /// Its hash, `0x` and lower-case hex.
    pub id: String,
    /// The signature.
    pub signature: Signature,
}

/// What an account's key signs.
enum Signable {
    Transaction(Box<Transaction>),
    /// On its own, before the transaction that takes it to the chain.
    Authorization(Authorization),
    /// Typed data that is a permit, and its digest.
    Permit(Box<Grant>, [u8; 32]),
}

impl Evm {
    /// A signed transaction of this chain; its account is the one whose signature it carries.
    ///
    /// # Errors
    /// `tx.malformed`, `tx.unsupported`, `tx.range`, `tx.other_chain`, `tx.signature`.
    pub fn open(&self, chain: &ChainId, bytes: &[u8]) -> ChainResult<Opened> {
        let (found, parity, signature) = Transaction::parse_signed(bytes)?;
        on_chain(found.chain_id, chain)?;
        let encoding = found.unsigned();
        let digest = Keccak256::digest(&encoding).into();
        let unsigned = Unsigned {
            account: account(chain, &signer_of(&digest, parity, &signature)?)?,
            bytes: encoding,
        };
        Ok(Opened {
            unsigned,
            id: hex(&Keccak256::digest(bytes)),
            signature: Signature {
                bytes: signature,
                recovery_id: Some(parity),
            },
        })
    }
}

impl Codec for Evm {
    /// `slip44:60` on every EVM chain, the coin type of its keys: no registry that is read offline names each chain's coin.
    fn fee_asset(&self, chain: &ChainId) -> ChainResult<AssetId> {
        number_of(chain)?;
        AssetId::new(chain.clone(), "slip44", "60")
            .map_err(|error| ChainError::of_word(ChainCode::OtherChain, &error))
    }

    fn build(&self, intent: &Intent, plan: &Plan) -> ChainResult<Unsigned> {
        Ok(Unsigned {
            account: intent.source.clone(),
            bytes: self.encoding(intent, plan)?,
        })
    }

    fn summarise(&self, unsigned: &Unsigned) -> ChainResult<Effects> {
        let sender = &unsigned.account;
        let found = parse(unsigned)?;
        let fee = Fee {
            account: sender.clone(),
            asset: self.fee_asset(sender.chain())?,
            most: match &found {
                Signable::Transaction(found) => found.most_fee()?,
                Signable::Authorization(_) | Signable::Permit(..) => Uint256::ZERO,
            },
        };
        let mut effects = Effects::new(sender.chain().clone(), fee);
        match found {
            Signable::Transaction(found) => add_transaction(&found, sender, &mut effects)?,
            Signable::Authorization(found) => effects.delegations.push(found.of(sender.clone())?),
            Signable::Permit(found, _) => effects.grants.push(*found),
        }
        Ok(effects)
    }

    fn payloads(&self, unsigned: &Unsigned) -> ChainResult<Vec<ToSign>> {
        let found = parse(unsigned)?;
        Ok(vec![ToSign {
            account: unsigned.account.clone(),
            curve: Curve::Secp256k1,
            message: Message::Digest(found.digest(unsigned)),
        }])
    }

    fn attach(&self, unsigned: &Unsigned, signatures: &[Signature]) -> ChainResult<Signed> {
        let found = parse(unsigned)?;
        let refused = |found: String, expected: String| {
            let what = "a signature is not the account's over this transaction";
            ChainError::new(ChainCode::Signature, what, found, expected)
        };
        let [
            Signature {
                bytes,
                recovery_id: Some(parity),
            },
        ] = signatures
        else {
            let found = format!("{} signatures", signatures.len());
            return Err(refused(found, "1 with its recovery id".to_owned()));
        };
        let digest = found.digest(unsigned);
        let signer = signer_of(&digest, *parity, bytes)?;
        let signer = account(unsigned.account.chain(), &signer)?;
        if signer != unsigned.account {
            return Err(refused(signer.to_string(), unsigned.account.to_string()));
        }
        let sent = match found {
            Signable::Transaction(found) => found.signed(*parity, bytes),
            Signable::Authorization(authorization) => SignedAuthorization {
                authorization,
                parity: *parity,
                signature: *bytes,
            }
            .encoded(),
            // As contracts want it: r, s, and 27 or 28.
            Signable::Permit(_, digest) => {
                let id = hex(&digest);
                let bytes = [&bytes[..], &[27 + parity]].concat();
                return Ok(Signed { bytes, id });
            }
        };
        let id = hex(&Keccak256::digest(&sent));
        Ok(Signed { bytes: sent, id })
    }
}

/// What these bytes are, when it is of the account's chain.
fn parse(unsigned: &Unsigned) -> ChainResult<Signable> {
    let chain = unsigned.account.chain();
    if let [Authorization::MAGIC, list @ ..] = &unsigned.bytes[..] {
        let found = Authorization::parse(list)?;
        found.reaches(chain)?;
        return Ok(Signable::Authorization(found));
    }
    if let [b'{', ..] = &unsigned.bytes[..] {
        let found = TypedData::parse(&unsigned.bytes)?;
        let grant = Box::new(grant(&found, &unsigned.account)?);
        return Ok(Signable::Permit(grant, found.digest));
    }
    let found = Transaction::parse_unsigned(&unsigned.bytes)?;
    on_chain(found.chain_id, chain)?;
    Ok(Signable::Transaction(Box::new(found)))
}

impl Signable {
    /// What the key signs. Transactions and authorisations have one encoding, so it is the hash of the bytes.
    fn digest(&self, unsigned: &Unsigned) -> [u8; 32] {
        match self {
            Self::Permit(_, digest) => *digest,
            _ => Keccak256::digest(&unsigned.bytes).into(),
        }
    }
}

/// Adds everything that a transaction does.
fn add_transaction(
    found: &Transaction,
    sender: &AccountId,
    effects: &mut Effects,
) -> ChainResult<()> {
    let to = account(sender.chain(), &found.to)?;
    if !found.data.is_empty() {
        let call = Call {
            sender,
            contract: &found.to,
            data: &found.data,
        };
        call.effects(effects)?;
    } else if found.value == Uint256::ZERO {
        // Whatever code is there runs, and nothing would name it.
        let known = to == *sender || !found.authorizations.is_empty() && found.to == NOBODY;
        if !known {
            return Err(unsupported("a call that moves nothing", to.address()));
        }
    }
    let coin = effects.fee.asset.clone();
    effects.move_asset(sender, &to, &coin, None, found.value)?;
    delegations(found, sender, effects)
}

pub(crate) fn number_of(chain: &ChainId) -> ChainResult<u64> {
    let number = (chain.namespace() == "eip155").then(|| chain.reference().parse().ok());
    number.flatten().ok_or_else(|| {
        let what = "a chain is of another family";
        ChainError::new(
            ChainCode::OtherChain,
            what,
            chain.to_string(),
            "eip155 and a number",
        )
    })
}

pub(crate) fn on_chain(found: u64, chain: &ChainId) -> ChainResult<()> {
    if found == number_of(chain)? {
        return Ok(());
    }
    let what = "a transaction or authorisation is for another chain";
    Err(ChainError::new(
        ChainCode::OtherChain,
        what,
        format!("eip155:{found}"),
        chain.to_string(),
    ))
}
