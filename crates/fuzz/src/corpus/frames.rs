//! Requests to the signer, one of each verb.

use jinku_signer::wire::Writer;

use super::{Seeds, UUID, with_nasty};

/// A descriptor that came along, read as a passphrase.
fn secret(w: &mut Writer) {
    w.u8(0).u8(0);
}

fn form(w: &mut Writer) {
    w.u32(1)
        .str("eip155:1")
        .str("evm")
        .str("eoa")
        .str("m/44'/60'/0'/0/{i}");
}

fn spec(w: &mut Writer) {
    w.str(UUID).str("customers").str("hot");
    form(w);
    w.u8(0).u8(1).u8(24).str("english").str("{}");
}

fn range(w: &mut Writer) {
    w.str(UUID)
        .str(UUID)
        .u64(1_764_000_000_000)
        .u64(0)
        .u32(1000);
    form(w);
}

/// Writes the body of a request.
type WriteBody = fn(&mut Writer);

/// Each verb of the protocol with a body that it accepts; a test says so.
pub const REQUESTS: &[(u8, WriteBody)] = &[
    (0x01, |w| (0..32).for_each(|i| _ = w.u8(i))),
    (0x02, |w| {
        w.str(UUID);
        secret(w);
    }),
    (0x03, secret),
    (0x04, |w| _ = w.u8(1).str(UUID)),
    (0x05, |_| {}),
    (0x10, |w| {
        spec(w);
        secret(w);
        w.u8(1);
        secret(w);
    }),
    (0x11, |w| {
        spec(w);
        w.str("keystore").u8(1);
        secret(w);
        w.u8(0).u8(1);
    }),
    (0x12, |w| {
        w.str(UUID);
        secret(w);
        w.u8(15).u32(3600);
    }),
    (0x13, |w| _ = w.str(UUID)),
    (0x14, |_| {}),
    (0x15, |w| {
        w.str(UUID);
        secret(w);
        secret(w);
    }),
    (0x16, |w| {
        w.str(UUID);
        secret(w);
    }),
    (0x20, range),
    (0x21, |w| _ = w.str(UUID).u32(2).u64(0).u64(u64::MAX)),
    (0x22, |w| {
        range(w);
        w.u8(24).str("english").u8(0).u32(1).str("age1qqqq");
    }),
    (0x23, |w| _ = w.u8(0).u32(4).u32(7).u8(1).str("")),
    (0x24, |w| _ = w.u8(2)),
    (0x25, |w| {
        w.str(UUID)
            .u8(1)
            .u64(5)
            .u8(1)
            .u32(0)
            .str("wif")
            .u8(1)
            .u8(0)
            .str("");
    }),
    (0x30, secret),
    (0x31, |w| _ = w.str("subject").str("{}")),
    (0x32, |w| {
        secret(w);
        w.str("subject").str("c").str("k").str("m").u8(1);
    }),
    (0x40, |_| {}),
    (0x41, |w| {
        w.u64(9);
        (0..32).for_each(|i| _ = w.u8(i));
        w.u32(2);
        (0..64).for_each(|i| _ = w.u8(i));
    }),
    (0x42, |_| {}),
    (0x43, |w| _ = w.u64(9)),
    (0x44, |w| {
        secret(w);
        w.str("{}");
    }),
    (0x45, |w| _ = w.str("{}")),
    (0x46, |_| {}),
    (0x47, |w| _ = w.u64(1).u64(0).u64(25_000).u64(9).u64(1)),
    (0x48, |w| {
        secret(w);
        w.str("{}").u64(300).raw(&[7; 32]).str("a note").u32(1);
        w.raw(&[8; 32]).u8(1);
    }),
    (0x49, |w| _ = w.str("{}").raw(&[9; 64])),
    (0x50, |w| {
        w.str(UUID)
            .str("{}")
            .raw(&[1; 64])
            .str("{}")
            .str("{}")
            .u32(1);
        w.str("{}").raw(&[2; 64]).str("{}").str("a receipt").u32(1);
        w.raw(&[3; 32]).str("a head");
    }),
    (0x51, |w| _ = w.u8(1).u64(9)),
];

/// What follows the length of a request frame.
#[must_use]
pub fn request(verb: u8, body: WriteBody) -> Vec<u8> {
    let mut writer = Writer::new();
    body(&mut writer);
    let mut frame = vec![1, verb, 0, 0, 0, 7];
    frame.extend_from_slice(&[0; 32]);
    frame.extend_from_slice(&writer.into_bytes());
    frame
}

/// A request of every verb, and of every other number; the first byte says how many descriptors came along.
pub(crate) fn signer_frames() -> Seeds {
    let known = REQUESTS.iter().map(|(verb, body)| request(*verb, *body));
    let others = (0..=255).map(|verb| request(verb, range));
    let all = known.chain(others).map(|frame| [vec![8], frame].concat());
    with_nasty(all.collect())
}
