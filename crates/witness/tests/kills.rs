//! What the program remembers when it is killed.

mod common;

use std::time::Duration;

use common::program::{post, serve};
use common::{Done, Log, ORIGIN, Place, made};

#[test]
fn killed_at_every_step_it_never_forgets_what_it_answered() -> Done {
    let (log, fork) = (Log::new(ORIGIN, 1, 0), Log::new(ORIGIN, 1, 9));
    let (mut died, mut step) = (0, 0);
    loop {
        step += 1;
        let place = Place::new(&format!("fault-{step}"));
        made(&place, &[&log]);
        let running = serve(&place, Some(step))?;
        let first = post(running.address, &log.body(0, 5));
        let second = first
            .as_ref()
            .and_then(|_| post(running.address, &log.body(5, 9)));
        drop(running);
        let answered = if second.is_some() {
            9
        } else if first.is_some() {
            5
        } else {
            0
        };
        // It starts again, at what it answered or at what it was about to; a fork gets nowhere either way.
        let running = serve(&place, None)?;
        let (status, body) = post(running.address, &log.body(12, 12)).ok_or("it died")?;
        let size: u64 = body.trim().parse()?;
        assert_eq!(status, 409);
        assert!(
            size >= answered && [0, 5, 9].contains(&size),
            "step {step}: answered {answered}, remembers {size}"
        );
        if size > 0 {
            assert_eq!(
                post(running.address, &fork.body(size, size)).map(|a| a.0),
                Some(422),
                "step {step}"
            );
            assert_eq!(
                post(running.address, &fork.body(size, 20)).map(|a| a.0),
                Some(422),
                "step {step}"
            );
        }
        assert_eq!(
            post(running.address, &log.body(size, 20)).map(|a| a.0),
            Some(200),
            "step {step}"
        );
        if second.is_some() {
            break;
        }
        died += 1;
    }
    assert!(
        died >= 14,
        "two writes of seven steps: only {died} deaths were seen"
    );
    Ok(())
}

#[test]
fn killed_at_any_moment_it_never_forgets_what_it_answered() -> Done {
    let (place, log) = (Place::new("kill"), Log::new(ORIGIN, 1, 0));
    made(&place, &[&log]);
    let mut size = 0;
    for round in 0..12u64 {
        let mut running = serve(&place, None)?;
        let address = running.address;
        let writer = std::thread::spawn(move || {
            let log = Log::new(ORIGIN, 1, 0);
            let mut size = size;
            while let Some((200, _)) = post(address, &log.body(size, size + 1)) {
                size += 1;
            }
            size
        });
        std::thread::sleep(Duration::from_millis(20 + 13 * round));
        running.child.kill()?;
        running.child.wait()?;
        let answered = writer.join().map_err(|_| "the writer failed")?;
        let again = serve(&place, None)?;
        let (status, body) = post(again.address, &log.body(10_000, 10_000)).ok_or("it died")?;
        size = body.trim().parse()?;
        assert_eq!(status, 409);
        assert!(
            (answered..=answered + 1).contains(&size),
            "answered {answered}, remembers {size}"
        );
    }
    assert!(size > 0, "nothing was cosigned between the kills");
    Ok(())
}
