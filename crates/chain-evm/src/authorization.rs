//! Authorisations (EIP-7702): an account hands itself over to code. They are signed apart from the transaction that takes
//! them to the chain, and good in anybody's.

use jinku_chain::{ChainResult, Delegation, Effects};
use jinku_words::{AccountId, ChainId};
use sha3::{Digest, Keccak256};

use crate::call::account;
use crate::codec::on_chain;
use crate::decode::unsupported;
use crate::parts::{parity, signature};
use crate::recover::signer_of;
use crate::rlp::{Reader, put, put_list, put_number, put_u64};
use crate::tx::{Address, MAX_CHAIN, Transaction, range};

/// Most authorisations of one transaction.
pub(crate) const MAX_AUTHORIZATIONS: usize = 16;

/// What an account signs to hand itself over to code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorization {
    /// The chain it is good for; 0: every chain.
    pub chain_id: u64,
    /// The code; zero takes it back.
    pub delegate: Address,
    /// The account's nonce when it is applied: in a transaction of its own, one above that transaction's.
    pub nonce: u64,
}

/// An authorisation with its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedAuthorization {
    /// What was signed.
    pub authorization: Authorization,
    /// 0 or 1: the parity of R's y.
    pub parity: u8,
    /// `r ‖ s`.
    pub signature: [u8; 64],
}

impl Authorization {
    /// What stands before the list that is signed; no type of transaction has this number.
    pub(crate) const MAGIC: u8 = 5;

    /// The encoding whose Keccak-256 is signed.
    #[must_use]
    pub fn unsigned(&self) -> Vec<u8> {
        let mut out = vec![Self::MAGIC];
        put_list(&mut out, |to| self.put(to));
        out
    }

    /// The authorisation of exactly the bytes behind [`Self::MAGIC`].
    pub(crate) fn parse(list: &[u8]) -> ChainResult<Self> {
        let mut items = Reader::of_list(list)?;
        let found = Self::take(&mut items)?;
        items.end()?;
        Ok(found)
    }

    fn put(&self, to: &mut Vec<u8>) {
        put_u64(to, self.chain_id);
        put(to, &self.delegate);
        put_u64(to, self.nonce);
    }

    fn take(items: &mut Reader<'_>) -> ChainResult<Self> {
        let found = Self {
            chain_id: items.u64("the chain id of an authorisation")?,
            delegate: items.fixed("the address of an authorisation")?,
            nonce: items.u64("the nonce of an authorisation")?,
        };
        found.check()?;
        Ok(found)
    }

    /// Refuse figures that no chain takes.
    pub(crate) fn check(&self) -> ChainResult<()> {
        if self.chain_id > MAX_CHAIN {
            let found = self.chain_id.to_string();
            return Err(range("the chain id of an authorisation", &found));
        }
        if self.nonce == u64::MAX {
            let found = self.nonce.to_string();
            return Err(range("the nonce of an authorisation", &found));
        }
        Ok(())
    }

    /// Refuse one that is good neither on this chain nor on every one.
    pub(crate) fn reaches(&self, chain: &ChainId) -> ChainResult<()> {
        match self.chain_id {
            0 => Ok(()),
            number => on_chain(number, chain),
        }
    }

    /// What it does to the account that signs it.
    pub(crate) fn of(&self, authority: AccountId) -> ChainResult<Delegation> {
        self.reaches(authority.chain())?;
        Ok(Delegation {
            delegate: account(authority.chain(), &self.delegate)?,
            every_chain: self.chain_id == 0,
            authority,
        })
    }
}

impl SignedAuthorization {
    /// As it stands in a transaction.
    #[must_use]
    pub fn encoded(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.put(&mut out);
        out
    }

    pub(crate) fn put(&self, out: &mut Vec<u8>) {
        put_list(out, |to| {
            self.authorization.put(to);
            put_u64(to, u64::from(self.parity));
            put_number(to, &self.signature[..32]);
            put_number(to, &self.signature[32..]);
        });
    }

    pub(crate) fn take(mut items: Reader<'_>) -> ChainResult<Self> {
        let found = Self {
            authorization: Authorization::take(&mut items)?,
            parity: parity(&mut items)?,
            signature: signature(&mut items)?,
        };
        items.end()?;
        Ok(found)
    }

    fn authority(&self) -> ChainResult<Address> {
        let digest = Keccak256::digest(self.authorization.unsigned()).into();
        signer_of(&digest, self.parity, &self.signature)
    }
}

/// Adds which accounts a transaction hands over. Refused is what the list alone does not decide: two authorisations of one
/// account, a call of an account that becomes code here, and one of the sender's that is not good here but is later.
pub(crate) fn delegations(
    found: &Transaction,
    sender: &AccountId,
    effects: &mut Effects,
) -> ChainResult<()> {
    for item in &found.authorizations {
        let address = item.authority()?;
        let authority = account(sender.chain(), &address)?;
        let refused = |what: &str| Err(unsupported(what, authority.address()));
        if effects
            .delegations
            .iter()
            .any(|it| it.authority == authority)
        {
            return refused("a second authorisation of one account");
        }
        if address == found.to {
            return refused("a call of an account that is handed over to code here");
        }
        if authority == *sender && found.nonce.checked_add(1) != Some(item.authorization.nonce) {
            return refused("an authorisation of the sender's for another nonce than the next");
        }
        effects.delegations.push(item.authorization.of(authority)?);
    }
    Ok(())
}
