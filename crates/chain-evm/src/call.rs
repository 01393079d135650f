//! What a call does, by the standards of tokens: ERC-20 (with ERC-2612 and DAI's permit), ERC-721 and ERC-1155. Whether
//! the address that is called is such a contract, and keeps to its standard, the bytes do not say.

use jinku_chain::{ChainCode, ChainError, ChainResult, Effects, Grant, Limit};
use jinku_words::{AccountId, AssetId, ChainId, Uint256};

use crate::abi::{Words, address_word, call};
use crate::decode::unsupported;
use crate::tx::Address;

/// Most tokens of one batch; the effects of more would not fit into a document.
const MAX_BATCH: usize = 64;

macro_rules! selectors {
    ($($name:ident = $value:literal, $signature:literal;)*) => {
        $(const $name: [u8; 4] = u32::to_be_bytes($value);)*
        #[cfg(test)]
        const SIGNATURES: &[([u8; 4], &str)] = &[$(($name, $signature)),*];
    };
}

selectors! {
    TRANSFER = 0xa905_9cbb, "transfer(address,uint256)";
    TRANSFER_FROM = 0x23b8_72dd, "transferFrom(address,address,uint256)";
    APPROVE = 0x095e_a7b3, "approve(address,uint256)";
    INCREASE = 0x3950_9351, "increaseAllowance(address,uint256)";
    DECREASE = 0xa457_c2d7, "decreaseAllowance(address,uint256)";
    PERMIT = 0xd505_accf, "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)";
    PERMIT_DAI = 0x8fcb_af0c, "permit(address,address,uint256,uint256,bool,uint8,bytes32,bytes32)";
    APPROVE_ALL = 0xa22c_b465, "setApprovalForAll(address,bool)";
    SAFE_721 = 0x4284_2e0e, "safeTransferFrom(address,address,uint256)";
    SAFE_721_DATA = 0xb88d_4fde, "safeTransferFrom(address,address,uint256,bytes)";
    SAFE_1155 = 0xf242_432a, "safeTransferFrom(address,address,uint256,uint256,bytes)";
    BATCH_1155 = 0x2eb2_c2d6, "safeBatchTransferFrom(address,address,uint256[],uint256[],bytes)";
}

/// An address as an account of the chain.
pub(crate) fn account(chain: &ChainId, address: &Address) -> ChainResult<AccountId> {
    AccountId::new(chain.clone(), &hex(address))
        .map_err(|error| ChainError::of_word(ChainCode::Malformed, &error))
}

/// `0x` and lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(2 + 2 * bytes.len());
    text.push_str("0x");
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

/// ERC-20 `transfer`.
pub(crate) fn transfer(to: &Address, amount: Uint256) -> Vec<u8> {
    call(TRANSFER, &[address_word(to), amount.to_be_bytes()])
}

/// ERC-721 `safeTransferFrom` without data.
pub(crate) fn transfer_token(from: &Address, to: &Address, token: Uint256) -> Vec<u8> {
    call(
        SAFE_721,
        &[address_word(from), address_word(to), token.to_be_bytes()],
    )
}

/// ERC-1155 `safeTransferFrom` without data.
pub(crate) fn transfer_units(
    from: &Address,
    to: &Address,
    token: Uint256,
    amount: Uint256,
) -> Vec<u8> {
    let number = |value: u64| Uint256::from(value).to_be_bytes();
    let words = [
        address_word(from),
        address_word(to),
        token.to_be_bytes(),
        amount.to_be_bytes(),
        number(160),
        number(0),
    ];
    call(SAFE_1155, &words)
}

/// A call, and what it is made on.
pub(crate) struct Call<'a> {
    pub(crate) sender: &'a AccountId,
    pub(crate) contract: &'a Address,
    pub(crate) data: &'a [u8],
}

impl Call<'_> {
    /// Adds what the call does.
    ///
    /// # Errors
    /// `tx.unsupported` for a call that is not in the table, `tx.malformed` for arguments with a second spelling.
    pub(crate) fn effects(&self, effects: &mut Effects) -> ChainResult<()> {
        let Some((selector, arguments)) = self.data.split_first_chunk::<4>() else {
            let found = format!("{} bytes", self.data.len());
            return Err(unsupported("a call without a selector", &found));
        };
        match *selector {
            TRANSFER | APPROVE | INCREASE | DECREASE => {
                self.fungible(*selector, arguments, effects)
            }
            TRANSFER_FROM | SAFE_721 | SAFE_721_DATA => {
                self.token_transfer(*selector, arguments, effects)
            }
            PERMIT | PERMIT_DAI => self.permit(*selector, arguments, effects),
            APPROVE_ALL => self.approve_all(arguments, effects),
            SAFE_1155 => self.units(arguments, effects),
            BATCH_1155 => self.batch(arguments, effects),
            _ => Err(unsupported("a call of another function", &hex(selector))),
        }
    }

    fn chain(&self) -> &ChainId {
        self.sender.chain()
    }

    fn asset(&self, namespace: &str, token: Option<Uint256>) -> ChainResult<AssetId> {
        let mut reference = hex(self.contract);
        if let Some(token) = token {
            reference.push('/');
            reference.push_str(&token.to_string());
        }
        AssetId::new(self.chain().clone(), namespace, &reference)
            .map_err(|error| ChainError::of_word(ChainCode::Malformed, &error))
    }

    fn account(&self, words: &Words<'_>, at: usize) -> ChainResult<AccountId> {
        account(self.chain(), &words.address(at)?)
    }

    fn fungible(
        &self,
        selector: [u8; 4],
        arguments: &[u8],
        effects: &mut Effects,
    ) -> ChainResult<()> {
        let words = Words::new(arguments, "a call with address and amount", 2, false)?;
        let (other, amount) = (self.account(&words, 0)?, words.uint(1)?);
        let asset = self.asset("erc20", None)?;
        let limit = match selector {
            TRANSFER => return moved(self.sender, &other, &asset, amount, effects),
            INCREASE => Limit::RaisedBy(amount),
            DECREASE => Limit::LoweredBy(amount),
            _ => Limit::UpTo(amount),
        };
        effects.grants.push(Grant {
            owner: self.sender.clone(),
            spender: other,
            or_else: match selector {
                APPROVE => Some(self.asset("erc721", Some(amount))?),
                _ => None,
            },
            asset,
            limit,
        });
        Ok(())
    }

    /// `transferFrom` is ERC-20's and ERC-721's, `safeTransferFrom` ERC-721's alone.
    fn token_transfer(
        &self,
        selector: [u8; 4],
        arguments: &[u8],
        effects: &mut Effects,
    ) -> ChainResult<()> {
        let tail = selector == SAFE_721_DATA;
        let words = Words::new(arguments, "a transfer", if tail { 5 } else { 3 }, tail)?;
        let (from, to) = (self.account(&words, 0)?, self.account(&words, 1)?);
        let number = words.uint(2)?;
        let token = self.asset("erc721", Some(number))?;
        if tail {
            words.no_data(3, 4)?;
        }
        if selector == TRANSFER_FROM {
            let asset = self.asset("erc20", None)?;
            return effects.move_asset(&from, &to, &asset, Some(&token), number);
        }
        effects.move_asset(&from, &to, &token, None, Uint256::from(1))
    }

    /// Somebody's signature is handed in; whether it is good is for the contract to say.
    fn permit(
        &self,
        selector: [u8; 4],
        arguments: &[u8],
        effects: &mut Effects,
    ) -> ChainResult<()> {
        let dai = selector == PERMIT_DAI;
        let count = if dai { 8 } else { 7 };
        let words = Words::new(arguments, "a permit", count, false)?;
        words.small(count - 3, 256)?;
        let limit = match (dai, dai && words.flag(4)?) {
            (false, _) => Limit::UpTo(words.uint(2)?),
            (true, true) => Limit::All,
            (true, false) => Limit::Nothing,
        };
        effects.grants.push(Grant {
            owner: self.account(&words, 0)?,
            spender: self.account(&words, 1)?,
            asset: self.asset("erc20", None)?,
            or_else: None,
            limit,
        });
        Ok(())
    }

    fn approve_all(&self, arguments: &[u8], effects: &mut Effects) -> ChainResult<()> {
        let words = Words::new(arguments, "an approval for all", 2, false)?;
        effects.grants.push(Grant {
            owner: self.sender.clone(),
            spender: self.account(&words, 0)?,
            asset: self.asset("erc721", None)?,
            or_else: Some(self.asset("erc1155", None)?),
            limit: if words.flag(1)? {
                Limit::All
            } else {
                Limit::Nothing
            },
        });
        Ok(())
    }

    fn units(&self, arguments: &[u8], effects: &mut Effects) -> ChainResult<()> {
        let words = Words::new(arguments, "a transfer of units", 6, true)?;
        words.no_data(4, 5)?;
        let (from, to) = (self.account(&words, 0)?, self.account(&words, 1)?);
        let asset = self.asset("erc1155", Some(words.uint(2)?))?;
        moved(&from, &to, &asset, words.uint(3)?, effects)
    }

    /// Heads at the words 0 to 4; then ids, amounts and data, each behind its length, in this order and without gaps.
    fn batch(&self, arguments: &[u8], effects: &mut Effects) -> ChainResult<()> {
        let words = Words::new(arguments, "a batch", 8, true)?;
        let (from, to) = (self.account(&words, 0)?, self.account(&words, 1)?);
        words.expect(2, 160, "the place of the ids")?;
        let count = words.uint(5)?;
        let fits = count.to_u64().and_then(|it| usize::try_from(it).ok());
        let Some(count) = fits.filter(|it| (1..=MAX_BATCH).contains(it)) else {
            let found = format!("{count} tokens");
            return Err(unsupported("an empty or a long batch", &found));
        };
        let (amounts, data) = (6 + count, 7 + 2 * count);
        words.expect(3, 32 * amounts, "the place of the amounts")?;
        words.expect(amounts, count, "the number of amounts")?;
        words.no_data(4, data)?;
        for item in 0..count {
            let asset = self.asset("erc1155", Some(words.uint(6 + item)?))?;
            let amount = words.uint(amounts + 1 + item)?;
            moved(&from, &to, &asset, amount, effects)?;
        }
        Ok(())
    }
}

/// Adds a transfer; one of nothing runs the token's code and has no effect that names it.
fn moved(
    from: &AccountId,
    to: &AccountId,
    asset: &AssetId,
    amount: Uint256,
    effects: &mut Effects,
) -> ChainResult<()> {
    if amount == Uint256::ZERO {
        return Err(unsupported("a transfer of nothing", &asset.to_string()));
    }
    effects.move_asset(from, to, asset, None, amount)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha3::{Digest, Keccak256};

    #[test]
    fn selectors_are_those_of_their_signatures() {
        for (selector, signature) in SIGNATURES {
            assert_eq!(Keccak256::digest(signature)[..4], *selector, "{signature}");
        }
    }
}
