//! Wallets of users: made here, sealed for them before they leave, claimed once.

use jinku_bulk::{Wallet, make_wallets};
use jinku_envelope::claim::ClaimCode;
use jinku_secrets::Zeroizing;
use jinku_words::id::account_id;

use super::Caller;
use super::derive::{Accounts, answer, check_range};
use crate::age::{Recipient, armored};
use crate::forms::checked_forms;
use crate::keys::derive_refusal;
use crate::logbook::note;
use crate::material;
use crate::refusal::{Outcome, Refusal};
use crate::state::Signer;
use crate::wire::{Delivery, DeriveRequest, Fd, VerbMask, Writer};

/// Most wallets of one call.
const MAX_WALLETS: u32 = 10_000;
/// Label of the parts that carry wallets.
const WALLETS: u32 = u32::MAX;

/// What wallets are wanted.
pub(super) struct Order {
    /// The range, and the forms of each.
    pub(super) request: DeriveRequest,
    /// Words of each mnemonic.
    pub(super) words: u8,
    /// Word list.
    pub(super) language: String,
    /// Where the mnemonics go.
    pub(super) delivery: Delivery,
}

/// How the wallets of a call are sealed.
enum Sealer {
    To(Vec<Recipient>),
    Codes,
}

/// Wallets stand sealed in the answer; their words were never anywhere else but in this process.
pub(super) fn make(signer: &Signer, order: &Order, caller: &mut Caller<'_>) -> Outcome<Vec<u8>> {
    let request = &order.request;
    check_range(request)?;
    if request.count > MAX_WALLETS {
        return Err(Refusal::new(
            "wallets.count",
            format!(
                "found {}, expected at most {MAX_WALLETS} at once",
                request.count
            ),
        ));
    }
    let forms = checked_forms(&request.forms)?;
    let language = material::language(&order.language)?;
    let (sealer, codes) = match &order.delivery {
        Delivery::Recipients(texts) => (Sealer::To(recipients(texts, request.count)?), None),
        Delivery::Codes(fd) => (Sealer::Codes, Some(caller.fds.outlet(*fd)?)),
    };
    signer.with_keys(&caller.token, request.vault, VerbMask::MAKE, |_| Ok(()))?;
    signer.system()?; // not held: a reader of codes that hangs must not keep these keys from a lock
    let job = request.job.as_bytes();
    let made = make_wallets(
        request.count as usize,
        language,
        order.words,
        &forms,
        job,
        request.ts_ms,
        request.start,
    );
    let made = made.map_err(derive_refusal)?;
    let (mut rows, mut lines) = (
        Writer::new(),
        Zeroizing::new(String::with_capacity(96 * made.wallets.len())),
    );
    for (place, wallet) in made.wallets.iter().enumerate() {
        seal(request, &sealer, place, wallet, &mut rows, &mut lines)?;
    }
    drop(made.wallets);
    if let Some(codes) = codes {
        codes.write_all(lines.as_bytes())?;
    }
    let accounts = Accounts::from(made.batch);
    caller.columns(&accounts.columns)?;
    caller.stream(WALLETS, &rows.into_bytes())?;
    note(
        "make_wallets",
        &[
            ("vault", &request.vault.to_string()),
            ("count", &request.count.to_string()),
        ],
    );
    let system = signer.system()?;
    answer(&system, request, &forms, &accounts, "self", "")
}

fn recipients(texts: &[String], count: u32) -> Outcome<Vec<Recipient>> {
    if texts.len() != count as usize {
        return Err(Refusal::new(
            "wallets.recipients",
            format!(
                "one age recipient is needed for each wallet: found {} for {count}",
                texts.len()
            ),
        ));
    }
    texts.iter().map(|text| Recipient::parse(text)).collect()
}

/// Appends the sealed wallet to `rows` and, when it is claimed by code, the code to `lines`.
fn seal(
    request: &DeriveRequest,
    sealer: &Sealer,
    place: usize,
    wallet: &Wallet,
    rows: &mut Writer,
    lines: &mut Zeroizing<String>,
) -> Outcome<()> {
    let index = request.start + place as u64;
    let account = account_id(request.job.as_bytes(), request.ts_ms, index).to_string();
    let phrase = wallet.mnemonic.phrase();
    let (blob, lookup) = match sealer {
        Sealer::To(recipients) => (recipients[place].encrypt(phrase.as_bytes())?, Vec::new()),
        Sealer::Codes => {
            let code = ClaimCode::generate()?;
            for piece in [
                index.to_string().as_str(),
                "\t",
                &account,
                "\t",
                &code.expose_text(),
                "\n",
            ] {
                lines.push_str(piece);
            }
            (code.seal(phrase.as_bytes())?, code.lookup_id().to_vec())
        }
    };
    rows.str(&account)
        .u64(index)
        .raw(&wallet.fingerprint)
        .bytes(&blob)
        .bytes(&lookup);
    Ok(())
}

fn code(fd: Fd, caller: &mut Caller<'_>) -> Outcome<ClaimCode> {
    ClaimCode::parse(caller.fds.text(fd)?.expose()).map_err(Refusal::from)
}

/// The words of a claim blob stand in the caller's descriptor, as an age file when a recipient is named.
pub(super) fn claim(
    from: Fd,
    blob: &[u8],
    out: Fd,
    recipient: &str,
    caller: &mut Caller<'_>,
) -> Outcome<Vec<u8>> {
    let code = code(from, caller)?;
    let out = caller.fds.outlet(out)?;
    let recipient = if recipient.is_empty() {
        None
    } else {
        Some(Recipient::parse(recipient)?)
    };
    let plain = code.open(blob)?;
    match recipient {
        Some(recipient) => out.write_all(armored(&recipient.encrypt(&plain)?).as_bytes())?,
        None => out.write_words(&plain)?,
    }
    note("claim", &[]);
    Ok(Vec::new())
}

/// The look-up id of a claim code.
pub(super) fn lookup(from: Fd, caller: &mut Caller<'_>) -> Outcome<Vec<u8>> {
    Ok(code(from, caller)?.lookup_id().to_vec())
}
