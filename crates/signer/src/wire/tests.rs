use super::*;

fn request(verb: u8, body: &[u8]) -> Vec<u8> {
    let mut rest = vec![VERSION, verb, 0, 0, 0, 7];
    rest.extend_from_slice(&[0; TOKEN_LEN]);
    rest.extend_from_slice(body);
    rest
}

const VAULT: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

#[test]
fn a_header_is_read_and_other_versions_and_short_frames_are_refused() {
    let rest = request(0x14, b"");
    let refused = |rest: &[u8]| parse_header(rest).err();
    let Ok((header, body)) = parse_header(&rest) else {
        panic!("a whole header");
    };
    assert_eq!((header.verb, header.id, body.len()), (0x14, 7, 0));
    assert_eq!(header.token.expose(), &[0; TOKEN_LEN]);
    let mut other = rest.clone();
    other[0] = 2;
    assert_eq!(refused(&other), Some(FrameError::Version(2, 7)));
    for length in 0..rest.len() {
        assert_eq!(refused(&rest[..length]), Some(FrameError::Short(length)));
    }
}

#[test]
fn calls_are_parsed_and_left_over_bytes_refused() {
    let mut body = Writer::new();
    body.str(VAULT);
    let mut rest = request(0x13, &body.into_bytes());
    assert!(
        matches!(parse_request(&rest, 0), Ok(Call::Describe { vault }) if vault.to_string() == VAULT)
    );
    rest.push(0);
    assert_eq!(parse_request(&rest, 0).unwrap_err().code, "wire.malformed");
    assert_eq!(
        parse_request(&request(0x3e, b""), 0).unwrap_err().code,
        "wire.unknown_verb"
    );
}

#[test]
fn a_descriptor_that_did_not_come_is_refused() {
    let body = [1, 0]; // descriptor 1, a passphrase
    assert_eq!(
        parse_request(&request(0x03, &body), 1).unwrap_err().code,
        "wire.missing_fd"
    );
    assert!(
        matches!(parse_request(&request(0x03, &body), 2), Ok(Call::UnlockSystem { secret }) if secret.fd == 1)
    );
}

#[test]
fn a_count_that_lies_allocates_nothing_and_is_refused() {
    let mut body = Writer::new();
    body.str(VAULT).u32(u32::MAX);
    assert_eq!(
        parse_request(&request(0x21, &body.into_bytes()), 0)
            .unwrap_err()
            .code,
        "wire.malformed"
    );
}

#[test]
fn no_truncation_or_flip_of_a_call_panics() {
    let mut body = Writer::new();
    body.str(VAULT)
        .str("main")
        .str("hot")
        .u32(1)
        .str("eip155:1")
        .str("evm")
        .str("eoa")
        .str("m/44'/60'/0'/0/{i}");
    body.u8(0)
        .u8(1)
        .u8(24)
        .str("english")
        .str("{}")
        .u8(0)
        .u8(0)
        .u8(0);
    let whole = request(0x10, &body.into_bytes());
    assert!(parse_request(&whole, 1).is_ok());
    for length in 0..whole.len() {
        assert!(parse_request(&whole[..length], 1).is_err());
    }
    for place in 0..whole.len() {
        for bit in 0..8 {
            let mut flipped = whole.clone();
            flipped[place] ^= 1 << bit;
            let _ = parse_request(&flipped, 1);
        }
    }
}

#[test]
fn answers_parts_and_errors_have_their_verbs() {
    assert_eq!(
        answer(0x14, 9, b"ab"),
        [0, 0, 0, 8, 1, 0x94, 0, 0, 0, 9, b'a', b'b']
    );
    assert_eq!(part(0x20, 9, b""), [0, 0, 0, 6, 1, 0xE0, 0, 0, 0, 9]);
    let refusal = crate::refusal::Refusal::later("a.b", "c");
    assert_eq!(
        error_answer(1, &refusal),
        [
            0, 0, 0, 19, 1, 0xFF, 0, 0, 0, 1, 0, 0, 0, 3, b'a', b'.', b'b', 0, 0, 0, 1, b'c', 1
        ]
    );
}

#[test]
fn an_anchor_is_asked_for_by_five_numbers_and_no_digest() {
    let mut body = Writer::new();
    body.u64(1).u64(2).u64(3).u64(4).u64(5);
    let terms = body.into_bytes();
    let Ok(Call::Anchor(AnchorCall::Sign(read))) = parse_request(&request(0x47, &terms), 0) else {
        panic!("terms");
    };
    let found = [
        read.chain_id,
        read.nonce,
        read.gas,
        read.max_fee_wei,
        read.priority_fee_wei,
    ];
    assert_eq!(found, [1, 2, 3, 4, 5]);
    for bad in [[&terms[..], &[0; 32]].concat(), terms[..39].to_vec()] {
        let refused = parse_request(&request(0x47, &bad), 0).unwrap_err();
        assert_eq!(refused.code, "wire.malformed");
    }
    assert!(matches!(
        parse_request(&request(0x46, b""), 0),
        Ok(Call::Anchor(AnchorCall::Address))
    ));
}
