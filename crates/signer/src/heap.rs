//! A heap that wipes: every block is zeroed when it is freed, so no library's left-over copy of a secret outlives it.
//!
//! Secrets that live stand on guarded pages (`jinku-secrets`); this is for the copies that libraries make on the way:
//! normalised text, decoded JSON, key schedules, grown vectors. The only module of the signer with `unsafe`.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};

/// The system allocator, wiping on free.
pub struct Wiping;

// SAFETY: every call is handed to `System` with the caller's own arguments. `dealloc` writes only within the block,
// whose `layout.size()` bytes the caller still owns until `System.dealloc` returns. `realloc` is the trait's default,
// built of `alloc`, a copy and this `dealloc`, so the old place is wiped as well.
unsafe impl GlobalAlloc for Wiping {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's contract is that of `System`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's contract is that of `System`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        // SAFETY: the block of `layout.size()` bytes at `ptr` is the caller's until it is freed below; bytes may be
        // uninitialised, and writing to them is allowed.
        unsafe {
            std::ptr::write_bytes(ptr, 0, layout.size());
            keep(ptr);
            System.dealloc(ptr, layout);
        }
    }
}

/// Makes the compiler believe that the wiped bytes are looked at, so that it leaves the wiping in.
#[inline(always)]
fn keep(ptr: *mut u8) {
    std::hint::black_box(ptr);
    std::sync::atomic::compiler_fence(std::sync::atomic::Ordering::SeqCst);
}

/// Overwrites the unused stack below the caller, where finished calls left their locals.
pub fn wipe_stack() {
    const DEPTH: usize = 512 << 10;
    #[inline(never)]
    fn overwrite() {
        let mut below = [0xA5_u8; DEPTH];
        zeroize::Zeroize::zeroize(&mut below[..]);
        std::hint::black_box(&mut below);
    }
    overwrite();
}
