//! Forms of text that fields of documents have, by name.

use super::value_error;
use crate::error::Result;
use crate::forms;

/// A digest in a document.
pub const DIGEST: Form = Form(
    |text| forms::hex_lower(text, 64),
    "64 lower-case hex digits",
);
/// The name of a key or a group.
pub const KEY_NAME: Form = Form(
    forms::key_name,
    "1 to 128 of a-z 0-9 . _ : - , beginning with a letter or digit",
);
/// A stable code.
pub const CODE: Form = Form(
    forms::code,
    "1 to 4 words of a-z 0-9 _ joined by dots, beginning with a letter",
);
/// An idempotency key.
pub const IDEMPOTENCY_KEY: Form = Form(
    forms::idempotency_key,
    "1 to 128 printable ASCII characters without space",
);
/// An output of a transaction.
pub const OUTPOINT: Form = Form(
    forms::outpoint,
    "64 lower-case hex digits, a colon and the output number",
);
/// A block that a plan is tied to.
pub const ANCHOR: Form = Form(
    forms::anchor,
    "1 to 128 letters and digits: a block hash in the chain's own spelling",
);
/// An EVM address in its one form.
pub const EVM_ADDRESS: Form = Form(forms::evm_address, "0x and 40 lower-case hex digits");
/// A recoverable signature on secp256k1 in a document.
pub const RECOVERABLE: Form = Form(
    |text| forms::hex_lower(text, 130),
    "130 lower-case hex digits: r, s and the parity of R's y",
);
/// A witness program of a key (BIP-141).
pub const KEY_PROGRAM: Form = Form(
    |text| text.starts_with("0014") && forms::hex_lower(text, 44),
    "0014 and 40 lower-case hex digits",
);
/// Some bytes.
pub const HEX_BYTES: Form = Form(
    |text| !text.is_empty() && text.len() % 2 == 0 && forms::hex_lower(text, text.len()),
    "bytes as lower-case hex digits",
);
/// A key, hash or nonce of Solana.
pub(crate) const SOLANA_KEY: Form = Form(
    |text| forms::any_base58(text, 32, 44),
    "32 to 44 base58 characters",
);
/// A derivation path.
pub const PATH: Form = Form(forms::path, "a derivation path such as m/44'/60'/0'/0/0");

/// A form of text: whether it holds, and how it is called.
pub struct Form(fn(&str) -> bool, &'static str);

impl Form {
    /// Refuse a text that does not have this form.
    ///
    /// # Errors
    /// `document.value`.
    pub fn check(&self, text: &str, place: &str) -> Result<()> {
        if (self.0)(text) {
            return Ok(());
        }
        Err(value_error(place, format!("{text:?}"), self.1))
    }
}
