//! Who holds a connection: a limited number, of which the one idle for longest makes room for a newcomer.

use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Most connections that may ask for anything.
pub(crate) const CONNECTIONS: usize = 64;
/// Connections beyond those when all of them are at work: for hello, lock and shutdown only.
pub(crate) const RESERVED: usize = 8;

/// How long the door waits for one who was closed to leave: it only has to wake.
const LEAVING: Duration = Duration::from_secs(5);

struct Place {
    id: u64,
    stream: UnixStream,
    /// Since when no frame is under way; `None` while one is.
    idle: Option<Instant>,
    evicted: bool,
}

#[derive(Default)]
struct Table {
    next: u64,
    places: Vec<Place>,
}

#[derive(Default)]
struct Shared {
    table: Mutex<Table>,
    /// Told whenever a place is free again.
    freed: Condvar,
}

/// The places of this process.
#[derive(Clone, Default)]
pub(crate) struct Seats(Arc<Shared>);

/// One connection's place; it is free again when this is dropped.
pub(crate) struct Seat {
    seats: Seats,
    id: u64,
    /// True when only hello, lock and shutdown are answered here.
    pub(crate) narrow: bool,
}

impl Seats {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for `stream`. When all are taken the longest-idle connection is closed; when none is idle, a narrow
    /// place is given; `None` when these are taken, too. Who was closed only wakes and leaves, so that is waited for:
    /// a newcomer is not turned away because others leave slowly.
    pub(crate) fn take(&self, stream: &UnixStream) -> Option<Seat> {
        let mut table = self.table();
        let mut narrow = false;
        if table.places.iter().filter(|place| !place.evicted).count() >= CONNECTIONS {
            let idle = table.places.iter_mut().filter(|place| !place.evicted);
            let longest = idle
                .filter_map(|place| place.idle.map(|since| (since, place)))
                .min_by_key(|(since, _)| *since);
            match longest {
                Some((_, place)) => {
                    place.evicted = true;
                    let _ = place.stream.shutdown(Shutdown::Both); // its thread wakes and ends
                }
                None => narrow = true,
            }
        }
        while table.places.len() >= CONNECTIONS + RESERVED {
            if !table.places.iter().any(|place| place.evicted) {
                return None;
            }
            let woken = self.0.freed.wait_timeout(table, LEAVING);
            let (kept, waited) = woken.unwrap_or_else(PoisonError::into_inner);
            if waited.timed_out() {
                return None;
            }
            table = kept;
        }
        let stream = stream.try_clone().ok()?;
        table.next += 1;
        let id = table.next;
        table.places.push(Place {
            id,
            stream,
            idle: Some(Instant::now()),
            evicted: false,
        });
        Some(Seat {
            seats: self.clone(),
            id,
            narrow,
        })
    }

    fn with<T>(&self, id: u64, change: impl FnOnce(&mut Place) -> T) -> Option<T> {
        let mut table = self.table();
        let place = table.places.iter_mut().find(|place| place.id == id);
        place.map(change)
    }
}

impl Seat {
    /// From now on this connection is idle.
    pub(crate) fn rest(&self) {
        let _ = self
            .seats
            .with(self.id, |place| place.idle = Some(Instant::now()));
    }

    /// A frame is under way; false when the place was given to another meanwhile: then nothing may be done.
    #[must_use]
    pub(crate) fn work(&self) -> bool {
        let kept = self.seats.with(self.id, |place| {
            place.idle = None;
            !place.evicted
        });
        kept == Some(true)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.seats
            .table()
            .places
            .retain(|place| place.id != self.id);
        self.seats.0.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair() -> (UnixStream, UnixStream) {
        UnixStream::pair().expect("a pair")
    }

    #[test]
    fn the_longest_idle_makes_room_and_work_is_never_cut() {
        let seats = Seats::default();
        let mut held = Vec::new();
        for _ in 0..CONNECTIONS {
            let (near, far) = pair();
            held.push((seats.take(&near).expect("room"), near, far));
        }
        assert!(held[0].0.work(), "the first is at work");
        let newcomer = seats.take(&pair().0).expect("room is made");
        assert!(!newcomer.narrow);
        assert!(!held[1].0.work(), "the second was idle for longest");
        assert!(held[0].0.work());
    }

    #[test]
    fn who_was_closed_and_leaves_slowly_turns_nobody_away() {
        use std::io::Read as _;
        let seats = Seats::default();
        let take = |(near, far)| (seats.take(&near).expect("room"), near, far);
        let mut idle: Vec<_> = (0..CONNECTIONS).map(|_| take(pair())).collect();
        let (seat, near, far) = idle.remove(RESERVED);
        let leaves = std::thread::spawn(move || {
            assert_eq!((&near).read(&mut [0]).expect("closed"), 0);
            drop((seat, far));
        });
        let closed: Vec<_> = (0..RESERVED).map(|_| take(pair())).collect();
        assert_eq!(seats.table().places.len(), CONNECTIONS + RESERVED);
        assert!(!take(pair()).0.narrow, "the next to be closed leaves");
        leaves.join().expect("it left");
        drop((idle, closed));
    }

    #[test]
    fn when_all_work_the_rest_is_narrow_and_then_none() {
        let seats = Seats::default();
        let mut held = Vec::new();
        for place in 0..CONNECTIONS + RESERVED {
            let seat = seats.take(&pair().0).expect("room");
            assert_eq!(seat.narrow, place >= CONNECTIONS);
            assert!(seat.work());
            held.push(seat);
        }
        assert!(seats.take(&pair().0).is_none());
        held.pop();
        assert!(seats.take(&pair().0).is_some_and(|seat| seat.narrow));
    }
}
