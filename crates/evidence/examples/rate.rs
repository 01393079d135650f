//! How long one appraisal takes, under two outside witnesses, without and with two approvals, for the first plan under a
//! checkpoint and for every further one; and its dearest parts:
//! `cargo run --release -p jinku-evidence --example rate [SECONDS]`.

#[path = "../tests/common/mod.rs"]
mod common;

use std::hint::black_box;
use std::time::{Duration, Instant};

use common::{World, codec, person};
use ed25519_dalek::Signer;
use jinku_evidence::{Own, Vouched, appraise};
use jinku_proof::log::receipt::Receipt;
use jinku_proof::verify_digest;
use jinku_words::{Intent, Plan};

/// Microseconds of a round: the fastest of ten turns, since others work on the machine, too.
fn micros(time: Duration, mut round: impl FnMut() -> bool) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..10 {
        let (start, mut rounds) = (Instant::now(), 0_u32);
        while start.elapsed() < time / 10 {
            for _ in 0..16 {
                assert!(round(), "everything holds");
                rounds += 1;
            }
        }
        best = best.min(start.elapsed().as_secs_f64() * 1e6 / f64::from(rounds));
    }
    best
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let seconds = std::env::args().nth(1).map_or(Ok(3.0), |it| it.parse())?;
    let time = Duration::try_from_secs_f64(seconds)?;
    for approvals in [0, 2] {
        let mut world = World::new();
        world.approvals.truncate(approvals);
        world.rules.0 = approvals;
        let bytes = world.bytes();
        let given = bytes.approvals();
        let request = bytes.request(&given);
        let vouched = Vouched::of(&world.trust, &bytes.receipt)?;
        for (name, vouched) in [("first", None), ("further", Some(&vouched))] {
            let own = Own {
                vouched,
                ..world.own()
            };
            let took = micros(time, || appraise(&own, &request).is_ok());
            println!("{approvals} approvals, {name} plan under a checkpoint: {took:.0} µs");
        }
    }
    let world = World::new();
    let bytes = world.bytes();
    let codec = codec(world.intent.chain()).ok_or("no codec")?;
    let key = person(7);
    let signature = key.sign(&[7; 32]).to_bytes();
    let public = key.verifying_key().to_bytes();
    let part = |name: &str, took: f64| println!("part: {name}: {took:.1} µs");
    part(
        "verify one Ed25519 signature",
        micros(time, || {
            verify_digest(black_box(&public), &[7; 32], &signature).is_ok()
        }),
    );
    part(
        "read the intent",
        micros(time, || {
            Intent::from_canonical(black_box(&bytes.intent)).is_ok()
        }),
    );
    part(
        "read the plan",
        micros(time, || {
            Plan::from_canonical(black_box(&bytes.plan)).is_ok()
        }),
    );
    part(
        "read the receipt",
        micros(time, || Receipt::parse(black_box(&bytes.receipt)).is_ok()),
    );
    part(
        "rebuild, decode, compare",
        micros(time, || {
            codec.check(black_box(&world.intent), &world.plan).is_ok()
        }),
    );
    Ok(())
}
