//! The instructions that are read, each in its one form: the accounts in their order, with the roles that they need.

use jinku_chain::ChainResult;
use jinku_words::TokenProgram;

use crate::key::{
    ASSOCIATED, COMPUTE_BUDGET, Key, MEMO, RECENT_BLOCKHASHES, SYSTEM, associated, program_of,
};

/// One instruction, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Uses up a durable nonce; the anchor is what its account held.
    AdvanceNonce {
        /// The nonce's account.
        account: Key,
        /// Who may use it.
        authority: Key,
    },
    /// The most compute units.
    ComputeLimit(u32),
    /// Micro-lamports for each unit of the limit.
    ComputePrice(u64),
    /// Moves lamports.
    Transfer {
        /// From whom.
        from: Key,
        /// To whom.
        to: Key,
        /// How many.
        lamports: u64,
    },
    /// Makes the owner's token account if there is none; one that has become another's is refused by the chain.
    CreateAccount {
        /// Who pays for it.
        payer: Key,
        /// The token account, derived from the rest.
        account: Key,
        /// Whose it is.
        owner: Key,
        /// Of which token.
        mint: Key,
        /// The token's program.
        program: TokenProgram,
    },
    /// Moves a token: `TransferChecked`, and in Token-2022 `TransferCheckedWithFee` with a fee of zero, so that a mint that
    /// withholds one is refused by the chain.
    TransferToken {
        /// The token's program.
        program: TokenProgram,
        /// From which token account.
        source: Key,
        /// Of which token.
        mint: Key,
        /// To which token account.
        destination: Key,
        /// Who owns the source.
        authority: Key,
        /// How much, in the smallest unit.
        amount: u64,
        /// As the mint has them.
        decimals: u8,
    },
    /// Leaves a text on the chain.
    Memo {
        /// The text.
        text: String,
        /// Who signs for it, if anybody.
        signer: Option<Key>,
    },
}

/// An account of an instruction, and in which roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Meta {
    pub(crate) key: Key,
    pub(crate) signs: bool,
    pub(crate) writes: bool,
}

const fn meta(key: Key, signs: bool, writes: bool) -> Meta {
    Meta { key, signs, writes }
}

/// An account that is only read.
const fn read(key: Key) -> Meta {
    meta(key, false, false)
}

/// An account that changes.
const fn written(key: Key) -> Meta {
    meta(key, false, true)
}

/// The data of a token's transfer.
fn token_data(program: TokenProgram, amount: u64, decimals: u8) -> Vec<u8> {
    let (start, end): (&[u8], &[u8]) = match program {
        TokenProgram::Token => (&[12], &[]),
        TokenProgram::Token2022 => (&[26, 1], &[0; 8]),
    };
    [start, &amount.to_le_bytes(), &[decimals], end].concat()
}

impl Step {
    /// The token account of an owner, made where it is missing.
    ///
    /// # Errors
    /// Those of [`associated`].
    pub fn create(payer: Key, owner: Key, mint: Key, program: TokenProgram) -> ChainResult<Self> {
        Ok(Self::CreateAccount {
            payer,
            account: associated(&owner, program, &mint)?,
            owner,
            mint,
            program,
        })
    }

    /// Program, accounts and data.
    pub(crate) fn written(&self) -> (Key, Vec<Meta>, Vec<u8>) {
        match self {
            Self::AdvanceNonce { account, authority } => (
                SYSTEM,
                vec![
                    written(*account),
                    read(RECENT_BLOCKHASHES),
                    meta(*authority, true, false),
                ],
                4u32.to_le_bytes().to_vec(),
            ),
            Self::ComputeLimit(limit) => (
                COMPUTE_BUDGET,
                Vec::new(),
                [&[2][..], &limit.to_le_bytes()].concat(),
            ),
            Self::ComputePrice(price) => (
                COMPUTE_BUDGET,
                Vec::new(),
                [&[3][..], &price.to_le_bytes()].concat(),
            ),
            Self::Transfer { from, to, lamports } => (
                SYSTEM,
                vec![meta(*from, true, true), written(*to)],
                [&2u32.to_le_bytes()[..], &lamports.to_le_bytes()].concat(),
            ),
            Self::CreateAccount {
                payer,
                account,
                owner,
                mint,
                program,
            } => (
                ASSOCIATED,
                vec![
                    meta(*payer, true, true),
                    written(*account),
                    read(*owner),
                    read(*mint),
                    read(SYSTEM),
                    read(program_of(*program)),
                ],
                vec![1],
            ),
            Self::TransferToken {
                program,
                source,
                mint,
                destination,
                authority,
                amount,
                decimals,
            } => {
                let accounts = vec![
                    written(*source),
                    read(*mint),
                    written(*destination),
                    meta(*authority, true, false),
                ];
                let data = token_data(*program, *amount, *decimals);
                (program_of(*program), accounts, data)
            }
            Self::Memo { text, signer } => (
                MEMO,
                signer.iter().map(|key| meta(*key, true, false)).collect(),
                text.as_bytes().to_vec(),
            ),
        }
    }
}
