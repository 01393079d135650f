//! The verbs of the protocol on EVM chains.

use jinku_chain::{
    ChainCode, ChainError, ChainResult, Codec, Delegation, Effects, Fee, Message, Signature,
    Signed, ToSign, Unsigned,
};
use jinku_words::plan::Curve;
use jinku_words::{AssetId, ChainId, Intent, Plan};
use sha3::{Digest, Keccak256};

use crate::call::{Call, account, hex};
use crate::recover::signer_of;
use crate::tx::Transaction;

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

impl Evm {
    /// A signed transaction of this chain; its account is the one whose signature it carries.
    ///
    /// # Errors
    /// `tx.malformed`, `tx.unsupported`, `tx.range`, `tx.other_chain`, `tx.signature`.
    pub fn open(&self, chain: &ChainId, bytes: &[u8]) -> ChainResult<Opened> {
        let (found, parity, signature) = Transaction::parse_signed(bytes)?;
        on_chain(&found, chain)?;
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
            bytes: self.transaction(intent, plan)?.unsigned(),
        })
    }

    fn summarise(&self, unsigned: &Unsigned) -> ChainResult<Effects> {
        let found = parse(unsigned)?;
        let sender = &unsigned.account;
        let chain = sender.chain();
        let coin = self.fee_asset(chain)?;
        let fee = Fee {
            account: sender.clone(),
            asset: coin.clone(),
            most: found.most_fee()?,
        };
        let mut effects = Effects::new(chain.clone(), fee);
        effects.move_asset(
            sender,
            &account(chain, &found.to)?,
            &coin,
            None,
            found.value,
        )?;
        if !found.data.is_empty() {
            let call = Call {
                sender,
                contract: &found.to,
                data: &found.data,
            };
            call.effects(&mut effects)?;
        }
        for it in &found.authorizations {
            if it.chain_id != 0 {
                on_chain_number(it.chain_id, chain)?;
            }
            let authority = signer_of(&it.hash(), it.parity, &it.signature)?;
            effects.delegations.push(Delegation {
                authority: account(chain, &authority)?,
                delegate: account(chain, &it.delegate)?,
                every_chain: it.chain_id == 0,
            });
        }
        Ok(effects)
    }

    fn payloads(&self, unsigned: &Unsigned) -> ChainResult<Vec<ToSign>> {
        let found = parse(unsigned)?;
        Ok(vec![ToSign {
            account: unsigned.account.clone(),
            curve: Curve::Secp256k1,
            message: Message::Digest(found.signing_hash()),
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
        let signer = account(
            unsigned.account.chain(),
            &signer_of(&found.signing_hash(), *parity, bytes)?,
        )?;
        if signer != unsigned.account {
            return Err(refused(signer.to_string(), unsigned.account.to_string()));
        }
        let sent = found.signed(*parity, bytes);
        let id = hex(&Keccak256::digest(&sent));
        Ok(Signed { bytes: sent, id })
    }
}

/// The transaction of these bytes, when it is one of the account's chain.
fn parse(unsigned: &Unsigned) -> ChainResult<Transaction> {
    let found = Transaction::parse_unsigned(&unsigned.bytes)?;
    on_chain(&found, unsigned.account.chain())?;
    Ok(found)
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

fn on_chain(found: &Transaction, chain: &ChainId) -> ChainResult<()> {
    on_chain_number(found.chain_id, chain)
}

fn on_chain_number(found: u64, chain: &ChainId) -> ChainResult<()> {
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
