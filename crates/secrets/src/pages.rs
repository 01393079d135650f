//! Guarded pages: the only module with `unsafe`.
//!
//! Layout of a mapped region: `guard page | data pages | guard page`. The bytes end where the upper guard begins, so an
//! overrun faults at once; 16 canary bytes stand right before them and are checked when the region is wiped.
//!
//! Why not a crate: `memsec` 0.7 ignores the result of `mlock` (so [`memory_locked`] could not be answered), keeps one
//! descriptor open for each `memfd_secret` region, charges four pages to the limit where one is needed and loses the
//! descriptor when mapping fails.
//!
//! Under Miri there are no pages to protect, so regions are heap blocks: `cargo +nightly miri test -p jinku-secrets --lib`
//! checks everything else.
//!
//! Invariants that the `unsafe` blocks rely on:
//! 1. `base` and `total` name one mapping that this region made and nobody else unmaps;
//! 2. `data..data+len` lies within its data pages (or is the heap block), initialised, for as long as the region lives;
//! 3. bytes are written only before [`Guarded::filled`] returns and in `wipe`, which needs `&mut self`.
#![allow(unsafe_code)]

use std::ptr::NonNull;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use zeroize::Zeroize;

const CANARY: usize = 16;

static SECRET_PAGES: AtomicUsize = AtomicUsize::new(0);
static LOCKED_PAGES: AtomicUsize = AtomicUsize::new(0);
static PLAIN_REGIONS: AtomicUsize = AtomicUsize::new(0);

/// How many live regions stand on which kind of memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryReport {
    /// On `memfd_secret`: locked, and absent from the kernel's direct map.
    pub memfd_secret: usize,
    /// On `mlock`ed pages: never swapped.
    pub locked: usize,
    /// On plain memory: may be swapped. Wiped all the same.
    pub plain: usize,
}

/// Counts the live regions of this process by kind.
#[must_use]
pub fn memory_report() -> MemoryReport {
    MemoryReport {
        memfd_secret: SECRET_PAGES.load(Ordering::Relaxed),
        locked: LOCKED_PAGES.load(Ordering::Relaxed),
        plain: PLAIN_REGIONS.load(Ordering::Relaxed),
    }
}

/// Says whether every live secret stands on memory that cannot be swapped. When false, raise RLIMIT_MEMLOCK or turn
/// swap off.
#[must_use]
pub fn memory_locked() -> bool {
    memory_report().plain == 0
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(any(miri, not(target_os = "linux")), allow(dead_code))]
enum Backing {
    MemfdSecret,
    Locked,
    Plain,
    Heap,
}

impl Backing {
    fn counter(self) -> &'static AtomicUsize {
        match self {
            Self::MemfdSecret => &SECRET_PAGES,
            Self::Locked => &LOCKED_PAGES,
            Self::Plain | Self::Heap => &PLAIN_REGIONS,
        }
    }
}

/// Bytes on pages of their own.
pub(crate) struct Guarded {
    base: NonNull<u8>,
    total: usize,
    data: NonNull<u8>,
    len: usize,
    backing: Backing,
}

// SAFETY: the region owns its mapping (invariant 1) and is written only through `&mut self` (invariant 3), so handing it
// to another thread or reading it from several is sound.
unsafe impl Send for Guarded {}
// SAFETY: as above; `bytes` only reads.
unsafe impl Sync for Guarded {}

impl Guarded {
    /// Returns a region of `len` bytes as `fill` left them; wiped and released when `fill` fails.
    pub(crate) fn filled<E>(
        len: usize,
        fill: impl FnOnce(&mut [u8]) -> Result<(), E>,
    ) -> Result<Self, E> {
        let mut region = Self::allocate(len);
        // SAFETY: invariant 2 (mapped pages and the heap block start as zeros), and `region` is not shared yet.
        fill(unsafe { std::slice::from_raw_parts_mut(region.data.as_ptr(), len) })?;
        region.protect(libc::PROT_READ);
        Ok(region)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: invariants 2 and 3.
        unsafe { std::slice::from_raw_parts(self.data.as_ptr(), self.len) }
    }

    fn allocate(len: usize) -> Self {
        let region = map(len).unwrap_or_else(|| heap(len));
        region.backing.counter().fetch_add(1, Ordering::Relaxed);
        region
    }

    /// Sets the protection of the data pages; a refusal leaves them readable and writable, which is no less correct.
    fn protect(&mut self, protection: libc::c_int) {
        if self.backing != Backing::Heap {
            let page = page_size();
            // SAFETY: invariant 1; the range is the data pages between the two guards.
            unsafe {
                libc::mprotect(
                    self.base.as_ptr().add(page).cast(),
                    self.total - 2 * page,
                    protection,
                )
            };
        }
    }

    /// Overwrites the bytes with zeros and ends the process when the canary was touched.
    fn wipe(&mut self) {
        self.protect(libc::PROT_READ | libc::PROT_WRITE);
        // SAFETY: invariants 2 and 3, the pages are writable again.
        unsafe { std::slice::from_raw_parts_mut(self.data.as_ptr(), self.len) }.zeroize();
        if self.backing != Backing::Heap {
            let mut found = [0u8; CANARY];
            // SAFETY: `map` left CANARY bytes of room before the data, within the data pages.
            unsafe {
                std::ptr::copy_nonoverlapping(
                    self.data.as_ptr().sub(CANARY),
                    found.as_mut_ptr(),
                    CANARY,
                )
            };
            if found != *canary() {
                // Memory was overwritten: carrying on with other keys would be worse than stopping.
                std::process::abort();
            }
        }
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        self.wipe();
        #[cfg(test)]
        tests::LAST_DROPPED.with_borrow_mut(|last| *last = self.bytes().to_vec());
        self.backing.counter().fetch_sub(1, Ordering::Relaxed);
        if self.backing == Backing::Heap {
            // SAFETY: `heap` made this block from a boxed slice of the same length.
            drop(unsafe {
                Box::from_raw(std::ptr::slice_from_raw_parts_mut(
                    self.base.as_ptr(),
                    self.total,
                ))
            });
        } else {
            // SAFETY: invariant 1; nothing borrows the region any more.
            unsafe { libc::munmap(self.base.as_ptr().cast(), self.total) };
        }
    }
}

fn page_size() -> usize {
    static SIZE: OnceLock<usize> = OnceLock::new();
    *SIZE.get_or_init(|| {
        // SAFETY: sysconf takes no pointer.
        usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096)
    })
}

/// One random value for the process; a constant when the system gives none, which still catches overruns.
fn canary() -> &'static [u8; CANARY] {
    static VALUE: OnceLock<[u8; CANARY]> = OnceLock::new();
    VALUE.get_or_init(|| {
        let mut value = [0xa5; CANARY];
        if getrandom::fill(&mut value).is_err() {
            value = [0xa5; CANARY];
        }
        value
    })
}

/// Falls back to an ordinary zeroed block (Miri, or no mapping left); counted as plain.
fn heap(len: usize) -> Guarded {
    let block: Box<[u8]> = vec![0u8; len].into_boxed_slice();
    // A Box is never null, so the dangling default is not used.
    let base = NonNull::new(Box::into_raw(block).cast::<u8>()).unwrap_or(NonNull::dangling());
    Guarded {
        base,
        total: len,
        data: base,
        len,
        backing: Backing::Heap,
    }
}

#[cfg(any(miri, not(target_os = "linux")))]
fn map(_len: usize) -> Option<Guarded> {
    None
}

#[cfg(all(not(miri), target_os = "linux"))]
fn map(len: usize) -> Option<Guarded> {
    let page = page_size();
    let data_pages = len.checked_add(CANARY)?.checked_next_multiple_of(page)?;
    let total = data_pages.checked_add(2 * page)?;
    // SAFETY: a fresh anonymous mapping, wholly unreadable; no pointer is handed in.
    let base = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            total,
            libc::PROT_NONE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
            -1,
            0,
        )
    };
    if base == libc::MAP_FAILED {
        return None;
    }
    let base = NonNull::new(base.cast::<u8>())?;
    // SAFETY: the middle of the mapping just made; `open_middle` replaces or opens those pages only.
    let Some(backing) = (unsafe { open_middle(base.as_ptr().add(page), data_pages) }) else {
        // SAFETY: the mapping just made, not handed to anybody.
        unsafe { libc::munmap(base.as_ptr().cast(), total) };
        return None;
    };
    // A child that was forked without exec would share or copy the pages; it gets none of them.
    // SAFETY: the mapping just made.
    unsafe { libc::madvise(base.as_ptr().cast(), total, libc::MADV_DONTFORK) };
    // SAFETY: `len + CANARY` fits below the upper guard, the pages are writable.
    let data = unsafe {
        let data = base.as_ptr().add(page + data_pages - len);
        std::ptr::copy_nonoverlapping(canary().as_ptr(), data.sub(CANARY), CANARY);
        data
    };
    Some(Guarded {
        base,
        total,
        data: NonNull::new(data)?,
        len,
        backing,
    })
}

/// Makes `size` bytes at `at` readable and writable on the best memory there is.
///
/// # Safety
/// `at..at+size` are whole pages of a mapping that the caller owns and nobody reads.
#[cfg(all(not(miri), target_os = "linux"))]
unsafe fn open_middle(at: *mut u8, size: usize) -> Option<Backing> {
    // SAFETY: the caller's promise; each call stays within the range.
    unsafe {
        if secret_pages(at, size) {
            return Some(Backing::MemfdSecret);
        }
        if libc::mprotect(at.cast(), size, libc::PROT_READ | libc::PROT_WRITE) != 0 {
            return None;
        }
        libc::madvise(at.cast(), size, libc::MADV_DONTDUMP);
        Some(if libc::mlock(at.cast(), size) == 0 {
            Backing::Locked
        } else {
            Backing::Plain
        })
    }
}

/// Lays `memfd_secret` pages over `at..at+size`; on a refusal the range is as it was.
///
/// # Safety
/// As [`open_middle`].
#[cfg(all(not(miri), target_os = "linux"))]
unsafe fn secret_pages(at: *mut u8, size: usize) -> bool {
    let Ok(length) = libc::off_t::try_from(size) else {
        return false;
    };
    // SAFETY: the caller's promise. MAP_FIXED replaces only the caller's own pages; when it fails because of the limit
    // the kernel has not touched them yet (it checks the limit first), and `open_middle` then opens them by mprotect,
    // which would fail on a hole. The descriptor is closed at once, the mapping keeps the pages.
    unsafe {
        let fd = libc::syscall(libc::SYS_memfd_secret, libc::O_CLOEXEC);
        let Ok(fd) = libc::c_int::try_from(fd) else {
            return false;
        };
        if fd < 0 {
            return false;
        }
        let mapped = libc::ftruncate(fd, length) == 0 && {
            let flags = libc::MAP_SHARED | libc::MAP_FIXED;
            libc::mmap(
                at.cast(),
                size,
                libc::PROT_READ | libc::PROT_WRITE,
                flags,
                fd,
                0,
            ) == at.cast()
        };
        libc::close(fd);
        mapped
    }
}

#[cfg(test)]
mod tests;
