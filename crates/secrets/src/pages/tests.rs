//! Wiping, guards, canary, limits, forks, and the traits that handles lack.

use std::cell::RefCell;
use std::convert::Infallible;
use std::fmt::Debug;

use super::*;
use crate::{Secret, SecretBytes, Zeroizing, os_random};

thread_local! {
    /// What the region held that this thread dropped last, read after the wipe and before the pages went.
    pub(super) static LAST_DROPPED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

#[test]
fn bytes_are_wiped_before_the_pages_go() {
    for len in [1usize, 16, 32, 4080, 4081, 4096, 10_000] {
        let region: Result<Guarded, Infallible> = Guarded::filled(len, |b| {
            b.fill(0x5a);
            Ok(())
        });
        let Ok(region) = region;
        assert!(region.bytes().iter().all(|b| *b == 0x5a) && region.bytes().len() == len);
        drop(region);
        LAST_DROPPED
            .with_borrow(|last| assert_eq!(*last, vec![0; len], "left over of {len} bytes"));
    }
}

#[test]
fn a_failed_fill_leaves_nothing() {
    let refused: Result<Guarded, &str> = Guarded::filled(32, |b| {
        b.fill(0x77);
        Err("no")
    });
    assert_eq!(refused.err(), Some("no"));
    LAST_DROPPED.with_borrow(|last| assert_eq!(*last, vec![0; 32]));
}

#[test]
fn the_heap_fallback_is_wiped_and_counted_as_plain() {
    let before = memory_report().plain;
    let mut region = heap(40);
    region.backing.counter().fetch_add(1, Ordering::Relaxed);
    assert!(memory_report().plain > before && !memory_locked());
    // SAFETY: the block was just made with 40 bytes and is not shared.
    unsafe { std::slice::from_raw_parts_mut(region.data.as_ptr(), 40) }.fill(9);
    region.wipe();
    assert_eq!(region.bytes(), [0; 40]);
}

#[test]
#[cfg(all(not(miri), target_os = "linux"))]
fn guards_are_unreadable_and_the_bytes_read_only() {
    let secret = Secret::<32>::random().expect("randomness");
    let at = secret.expose().as_ptr() as usize;
    let maps = std::fs::read_to_string("/proc/self/maps").expect("maps");
    let protection = |address: usize| {
        maps.lines().find_map(|line| {
            let (range, rest) = line.split_once(' ')?;
            let (from, to) = range.split_once('-')?;
            let inside = usize::from_str_radix(from, 16).ok()? <= address
                && address < usize::from_str_radix(to, 16).ok()?;
            inside.then(|| rest.chars().take(3).collect::<String>())
        })
    };
    assert_eq!(protection(at).as_deref(), Some("r--"));
    assert_eq!(protection(at + 32).as_deref(), Some("---"), "upper guard");
    assert_eq!(
        protection((at & !(page_size() - 1)) - 1).as_deref(),
        Some("---"),
        "lower guard"
    );
}

#[test]
#[cfg(all(not(miri), target_os = "linux"))]
fn a_touched_canary_ends_the_process() {
    if std::env::var_os("JINKU_TEST_TOUCH_CANARY").is_some() {
        let Ok(mut region) = Guarded::filled::<Infallible>(32, |_| Ok(()));
        region.protect(libc::PROT_READ | libc::PROT_WRITE);
        // SAFETY: within the data pages; this is the very fault the canary is there for.
        unsafe { *region.data.as_ptr().sub(1) ^= 1 };
        return;
    }
    let me = std::env::current_exe().expect("this test binary");
    let run = |touch: bool| {
        let mut command = std::process::Command::new(&me);
        command.args(["--exact", "pages::tests::a_touched_canary_ends_the_process"]);
        if touch {
            command.env("JINKU_TEST_TOUCH_CANARY", "1");
        }
        command
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null());
        command.status().expect("a child")
    };
    use std::os::unix::process::ExitStatusExt;
    assert_eq!(run(true).signal(), Some(libc::SIGABRT));
}

#[test]
#[cfg(all(not(miri), target_os = "linux"))]
fn past_the_limit_secrets_still_work_and_the_report_says_plain() {
    if std::env::var_os("JINKU_TEST_NO_LOCK").is_some() {
        let none = libc::rlimit {
            rlim_cur: 0,
            rlim_max: 0,
        };
        // SAFETY: plain values; this child process only.
        assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_MEMLOCK, &none) }, 0);
        // SAFETY: takes plain values; drops CAP_IPC_LOCK so that the limit holds for root as well.
        unsafe { libc::prctl(libc::PR_CAPBSET_DROP, 14, 0, 0, 0) };
        let kept = Secret::<32>::random().expect("randomness");
        assert!(kept.expose().iter().any(|b| *b != 0));
        let report = memory_report();
        assert_eq!(report.memfd_secret + report.locked + report.plain, 1);
        assert_eq!(memory_locked(), report.plain == 0);
        return;
    }
    let me = std::env::current_exe().expect("this test binary");
    let status = std::process::Command::new(&me)
        .args([
            "--exact",
            "pages::tests::past_the_limit_secrets_still_work_and_the_report_says_plain",
        ])
        .env("JINKU_TEST_NO_LOCK", "1")
        .stdout(std::process::Stdio::null())
        .status()
        .expect("a child");
    assert!(status.success());
}

#[test]
#[cfg(all(not(miri), target_os = "linux"))]
fn a_forked_child_has_no_secret_pages() {
    let secret = Secret::<32>::random().expect("randomness");
    let page = (secret.expose().as_ptr() as usize) & !(page_size() - 1);
    // SAFETY: the child calls msync and _exit alone, both async-signal-safe; msync only asks whether a page is there.
    let status = unsafe {
        let mapped =
            |at: usize| libc::msync(at as *mut libc::c_void, page_size(), libc::MS_ASYNC) == 0;
        assert!(mapped(page), "the parent has the page");
        let child = libc::fork();
        if child == 0 {
            libc::_exit(i32::from(mapped(page)));
        }
        let mut status = -1;
        assert_eq!(libc::waitpid(child, &raw mut status, 0), child);
        status
    };
    assert!(
        libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0,
        "the child has none"
    );
    assert!(
        secret.expose().iter().any(|b| *b != 0),
        "the parent's bytes are untouched"
    );
}

#[test]
fn thousands_of_handles_work_and_are_released() {
    let count = if cfg!(miri) { 20 } else { 3000 };
    let many: Vec<Secret<32>> = (0..count)
        .map(|_| Secret::random().expect("randomness"))
        .collect();
    let mut seen: Vec<[u8; 32]> = many.iter().map(|s| *s.expose()).collect();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), count, "each handle has its own random bytes");
    let report = memory_report();
    assert!(report.memfd_secret + report.locked + report.plain >= count);
}

#[test]
fn comparing_and_duplicating() {
    let a = Secret::from_array(Zeroizing::new([1u8; 32]));
    let twin = a.duplicate();
    assert!(a.ct_eq(&twin) && a.expose().as_ptr() != twin.expose().as_ptr());
    let mut other = [1u8; 32];
    other[31] = 2;
    assert!(!a.ct_eq(&Secret::from_array(Zeroizing::new(other))));
    let b = SecretBytes::from_vec(Zeroizing::new(b"correct horse".to_vec()));
    assert!(b.ct_eq(&b.duplicate()) && b.len() == 13 && !b.is_empty());
    assert!(!b.ct_eq(&SecretBytes::from_slice(b"correct hors")));
    assert!(SecretBytes::from_slice(b"").is_empty());
}

#[test]
fn handles_cross_threads() {
    fn shared<T: Send + Sync>(_: &T) {}
    let secret = Secret::from_array(Zeroizing::new([3u8; 16]));
    shared(&secret);
    std::thread::scope(|s| {
        for _ in 0..4 {
            s.spawn(|| assert_eq!(secret.expose(), &[3; 16]));
        }
    });
    std::thread::spawn(move || drop(secret))
        .join()
        .expect("the drop on another thread");
}

#[test]
fn the_os_generator_fills_every_byte() {
    let mut ored = [0u8; 64];
    for _ in 0..64 {
        let mut buf = [0u8; 64];
        os_random(&mut buf).expect("randomness");
        ored.iter_mut().zip(buf).for_each(|(o, b)| *o |= b);
    }
    assert!(
        ored.iter().all(|b| *b == 0xff),
        "each bit of each byte is set at some time"
    );
}

/// Does not compile when the type implements the trait: two candidates for `probe` are ambiguous then.
macro_rules! lacks {
    ($type:ty: $($bound:path),+) => {$({
        trait Probe<A> { fn probe() {} }
        impl<T: ?Sized> Probe<()> for T {}
        struct Implemented;
        impl<T: ?Sized + $bound> Probe<Implemented> for T {}
        <$type as Probe<_>>::probe();
    })+};
}

#[test]
fn handles_lack_the_traits_that_leak() {
    lacks!(Secret<32>: Debug, std::fmt::Display, Clone, Copy, PartialEq, Default, std::hash::Hash, AsRef<[u8]>);
    lacks!(SecretBytes: Debug, std::fmt::Display, Clone, Copy, PartialEq, Default, std::hash::Hash, AsRef<[u8]>);
}
