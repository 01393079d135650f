//! Capability tokens: 32 random bytes that stand for verbs on one vault until a time.

use jinku_words::id::Id;

use crate::logbook::{boot_ms, now_ms};
use crate::refusal::{Outcome, Refusal};
use crate::wire::{Token, VerbMask};

/// Longest life of a token: a week.
const MAX_TTL_S: u32 = 7 * 24 * 3600;
/// Most live tokens of one vault.
const MAX_LIVE: usize = 256;

struct Grant {
    token: Token,
    vault: Id,
    verbs: VerbMask,
    /// On the clock that runs on while the machine sleeps: setting the time of day changes nothing.
    until_boot_ms: u64,
    until_ms: u64,
}

/// The live tokens of this process. They end with it.
#[derive(Default)]
pub(crate) struct Tokens {
    live: Vec<Grant>,
}

impl Tokens {
    /// A new token of `vault` for `verbs`, good for `ttl_s` seconds.
    ///
    /// # Errors
    /// `usage.ttl`, `token.too_many`, `signer.random`.
    pub(crate) fn issue(&mut self, vault: Id, verbs: VerbMask, ttl_s: u32) -> Outcome<Token> {
        if !(1..=MAX_TTL_S).contains(&ttl_s) {
            return Err(Refusal::new(
                "usage.ttl",
                format!(
                    "a token's life is out of range: found {ttl_s} s, expected 1 to {MAX_TTL_S}"
                ),
            ));
        }
        if self
            .live
            .iter()
            .filter(|grant| grant.vault == vault)
            .count()
            >= MAX_LIVE
        {
            return Err(Refusal::later(
                "token.too_many",
                format!("{MAX_LIVE} tokens of this vault live; use one of them, or lock the vault"),
            ));
        }
        let token = Token::random()?;
        let life = u64::from(ttl_s) * 1000;
        let given = token.duplicate();
        self.live.push(Grant {
            token,
            vault,
            verbs,
            until_boot_ms: boot_ms() + life,
            until_ms: now_ms() + life,
        });
        Ok(given)
    }

    /// `given` allows `verb` on `vault` now. Every live token is compared, each in constant time.
    ///
    /// # Errors
    /// `token.void`, `token.vault`, `token.verb`.
    pub(crate) fn check(&self, given: &Token, vault: Id, verb: VerbMask) -> Outcome<()> {
        let now = boot_ms();
        let mut found = None;
        for grant in &self.live {
            if bool::from(grant.token.ct_eq(given)) && now < grant.until_boot_ms {
                found = Some(grant);
            }
        }
        let Some(grant) = found else {
            return Err(Refusal::new(
                "token.void",
                "the token is void: it ran out, its vault was locked, or the signer was restarted; unlock the vault",
            ));
        };
        if grant.vault != vault {
            return Err(Refusal::new(
                "token.vault",
                "the token is another vault's; unlock this one",
            ));
        }
        if !grant.verbs.has(verb) {
            return Err(Refusal::new(
                "token.verb",
                "the token does not allow this verb; unlock the vault for it",
            ));
        }
        Ok(())
    }

    /// The tokens of `vault` (all of them when `None`) are void.
    pub(crate) fn void(&mut self, vault: Option<Id>) {
        self.live
            .retain(|grant| vault.is_some_and(|wanted| grant.vault != wanted));
    }

    /// `given` is void; how many tokens of `vault` live on.
    pub(crate) fn revoke(&mut self, given: &Token, vault: Id) -> usize {
        self.live
            .retain(|grant| !bool::from(grant.token.ct_eq(given)));
        let others = self.live.iter().filter(|grant| grant.vault == vault);
        others.count()
    }

    /// Tokens that ran out are gone; returns the vaults that have none left because of it.
    pub(crate) fn expire(&mut self) -> Vec<Id> {
        let now = boot_ms();
        let mut ended: Vec<Id> = self
            .live
            .iter()
            .filter(|grant| grant.until_boot_ms <= now)
            .map(|grant| grant.vault)
            .collect();
        self.live.retain(|grant| grant.until_boot_ms > now);
        ended.sort_unstable();
        ended.dedup();
        ended.retain(|vault| self.live.iter().all(|grant| grant.vault != *vault));
        ended
    }

    /// When the next token runs out, in milliseconds from now.
    #[must_use]
    pub(crate) fn next_end_ms(&self) -> Option<u64> {
        let now = boot_ms();
        self.live
            .iter()
            .map(|grant| grant.until_boot_ms.saturating_sub(now))
            .min()
    }

    /// Time of day at which the longest-lived token of `vault` runs out; 0 when there is none.
    #[must_use]
    pub(crate) fn last_end_ms(&self, vault: Id) -> u64 {
        self.live
            .iter()
            .filter(|grant| grant.vault == vault)
            .map(|grant| grant.until_ms)
            .max()
            .unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(tail: u128) -> Id {
        Id::from_parts(1_700_000_000_000, tail).expect("in range")
    }

    #[test]
    fn a_token_allows_its_verbs_on_its_vault_only() {
        let mut tokens = Tokens::default();
        let given = tokens
            .issue(vault(1), VerbMask::DERIVE, 60)
            .expect("issued");
        assert_eq!(tokens.check(&given, vault(1), VerbMask::DERIVE), Ok(()));
        assert_eq!(
            tokens
                .check(&given, vault(2), VerbMask::DERIVE)
                .unwrap_err()
                .code,
            "token.vault"
        );
        assert_eq!(
            tokens
                .check(&given, vault(1), VerbMask::EXPORT)
                .unwrap_err()
                .code,
            "token.verb"
        );
        let mut other = *given.expose();
        other[31] ^= 1;
        assert_eq!(
            tokens
                .check(&Token::from_bytes(&other), vault(1), VerbMask::DERIVE)
                .unwrap_err()
                .code,
            "token.void"
        );
        assert_eq!(
            tokens
                .check(&Token::from_bytes(&[0; 32]), vault(1), VerbMask::DERIVE)
                .unwrap_err()
                .code,
            "token.void"
        );
    }

    #[test]
    fn void_and_expiry_end_tokens() {
        let mut tokens = Tokens::default();
        let first = tokens
            .issue(vault(1), VerbMask::DERIVE, 60)
            .expect("issued");
        let second = tokens
            .issue(vault(2), VerbMask::DERIVE, 60)
            .expect("issued");
        assert!(tokens.last_end_ms(vault(1)) > 0 && tokens.last_end_ms(vault(3)) == 0);
        tokens.void(Some(vault(1)));
        assert!(tokens.check(&first, vault(1), VerbMask::DERIVE).is_err());
        assert!(tokens.check(&second, vault(2), VerbMask::DERIVE).is_ok());
        tokens.live[0].until_boot_ms = boot_ms();
        assert_eq!(
            tokens
                .check(&second, vault(2), VerbMask::DERIVE)
                .unwrap_err()
                .code,
            "token.void"
        );
        assert_eq!(tokens.expire(), [vault(2)]);
        assert_eq!(tokens.next_end_ms(), None);
    }

    #[test]
    fn one_token_is_taken_back_and_its_siblings_live_on() {
        let mut tokens = Tokens::default();
        let mut given = || {
            tokens
                .issue(vault(1), VerbMask::DERIVE, 60)
                .expect("issued")
        };
        let (first, second) = (given(), given());
        assert_eq!(tokens.revoke(&second, vault(1)), 1);
        assert!(tokens.check(&first, vault(1), VerbMask::DERIVE).is_ok());
        assert_eq!(
            tokens
                .check(&second, vault(1), VerbMask::DERIVE)
                .unwrap_err()
                .code,
            "token.void"
        );
        assert_eq!(tokens.revoke(&first, vault(1)), 0);
    }

    #[test]
    fn lives_are_bounded() {
        let mut tokens = Tokens::default();
        assert_eq!(
            tokens
                .issue(vault(1), VerbMask::DERIVE, 0)
                .err()
                .expect("refused")
                .code,
            "usage.ttl"
        );
        assert_eq!(
            tokens
                .issue(vault(1), VerbMask::DERIVE, MAX_TTL_S + 1)
                .err()
                .expect("refused")
                .code,
            "usage.ttl"
        );
        for _ in 0..MAX_LIVE {
            tokens.issue(vault(1), VerbMask::DERIVE, 1).expect("issued");
        }
        assert_eq!(
            tokens
                .issue(vault(1), VerbMask::DERIVE, 1)
                .err()
                .expect("refused")
                .code,
            "token.too_many"
        );
    }
}
