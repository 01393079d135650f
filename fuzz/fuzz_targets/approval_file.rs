#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| jinku_fuzz::run("approval_file", data));
