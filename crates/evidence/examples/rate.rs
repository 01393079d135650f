//! How long one appraisal takes, under two outside witnesses, without and with two approvals:
//! `cargo run --release -p jinku-evidence --example rate [SECONDS]`.

#[path = "../tests/common/mod.rs"]
mod common;

use std::time::{Duration, Instant};

use common::World;
use jinku_evidence::{Slot, appraise};

/// Microseconds of a round.
fn micros(time: Duration, mut round: impl FnMut()) -> f64 {
    let (start, mut rounds) = (Instant::now(), 0_u32);
    while start.elapsed() < time {
        for _ in 0..64 {
            round();
            rounds += 1;
        }
    }
    start.elapsed().as_secs_f64() * 1e6 / f64::from(rounds)
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
        appraise(&world.own(), &request)?;
        let took = micros(time, || {
            let answer = appraise(&world.own(), &request);
            assert!(answer.is_ok(), "everything holds");
        });
        println!("{approvals} approvals: {took:.0} µs an appraisal");
    }
    let world = World::new();
    let took = micros(time, || {
        assert!(Slot::of(&world.intent, &world.plan).is_ok());
    });
    println!("of which the slot: {took:.0} µs");
    Ok(())
}
