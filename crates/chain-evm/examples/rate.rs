//! How many transfers a second one core builds, reads back and makes payloads of:
//! `cargo run --release -p jinku-chain-evm --example rate [SECONDS]`.

use std::error::Error;
use std::time::{Duration, Instant};

use jinku_chain::Codec;
use jinku_chain_evm::Evm;
use jinku_words::intent::IntentKind;
use jinku_words::plan::{Curve, Payload};
use jinku_words::{Bounds, Detail, EvmDetail, EvmType, Id, Intent, Plan, Uint256};

const OURS: &str = "eip155:1:0x1a642f0e3c3af545e7acbd38b07251b3990914f1";
const THEIRS: &str = "eip155:1:0x6fac4d18c912343bf86fa7049364dd4e424ab9c0";

fn intent(asset: &str) -> Result<Intent, Box<dyn Error>> {
    let id = |tail| Id::from_parts(1_700_000_000_000, tail);
    Ok(Intent {
        id: id(1)?,
        deployment: id(2)?,
        kind: IntentKind::Transfer,
        vault: id(3)?,
        source: OURS.parse()?,
        destination: THEIRS.parse()?,
        asset: asset.parse()?,
        amount: Uint256::from(1_500_000_000),
        bounds: Bounds {
            max_fee: Uint256::MAX,
            valid_until_ms: 1_700_000_600_000,
            replaceable: false,
        },
        initiator: "ed25519:7f4c".to_owned(),
        reason_commitment: None,
        idempotency_key: "order-4711".to_owned(),
        created_at_ms: 1_700_000_000_000,
    })
}

fn draft(intent: &Intent) -> Result<Plan, Box<dyn Error>> {
    let digest = intent.digest()?;
    let detail = EvmDetail {
        kind: EvmType::DynamicFee,
        gas_limit: 90_000,
        max_fee_per_gas: Uint256::from(20_000_000_000),
        max_priority_fee_per_gas: Some(Uint256::from(1_000_000_000)),
        access_list: Vec::new(),
        authorization: None,
    };
    Ok(Plan {
        id: Id::from_parts(1_700_000_000_000, 4)?,
        deployment: intent.deployment,
        intent_digest: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        chain: intent.chain().clone(),
        nonce: Some(0),
        inputs: Vec::new(),
        change: Vec::new(),
        fee: detail.max_fee().ok_or("a fee beyond 256 bits")?,
        anchor: None,
        valid_until_height: None,
        payloads: vec![Payload {
            digest: "00".repeat(32),
            curve: Curve::Secp256k1,
            path: "m/44'/60'/0'/0/0".to_owned(),
        }],
        detail: Some(Detail::Evm(detail)),
        replaces: None,
        created_at_ms: 1_700_000_000_001,
    })
}

/// Rounds of a function a second; it is given the round's number.
fn rate(
    time: Duration,
    mut round: impl FnMut(u64) -> Result<(), Box<dyn Error>>,
) -> Result<f64, Box<dyn Error>> {
    let (start, mut rounds) = (Instant::now(), 0);
    while start.elapsed() < time {
        for _ in 0..64 {
            round(rounds)?;
            rounds += 1;
        }
    }
    Ok(rounds as f64 / start.elapsed().as_secs_f64())
}

fn main() -> Result<(), Box<dyn Error>> {
    let seconds = std::env::args().nth(1).map_or(Ok(3.0), |it| it.parse())?;
    let time = Duration::try_from_secs_f64(seconds)?;
    for (name, asset) in [
        ("native", "eip155:1/slip44:60"),
        (
            "erc20",
            "eip155:1/erc20:0xdac17f958d2ee523a2206206994597c13d831ec7",
        ),
    ] {
        let intent = intent(asset)?;
        let mut plan = draft(&intent)?;
        let codec = rate(time, |nonce| {
            plan.nonce = Some(nonce);
            let unsigned = Evm.build(&intent, &plan)?;
            Evm.summarise(&unsigned)?;
            Evm.payloads(&unsigned)?;
            Ok(())
        })?;
        let plan = Evm.complete(&intent, &plan)?;
        let check = rate(time, |_| {
            Evm.check(&intent, &plan).map(|_| ()).map_err(Into::into)
        })?;
        println!(
            "{name}: {codec:.0} build + summarise + payloads a second, {check:.0} checks a second"
        );
    }
    Ok(())
}
