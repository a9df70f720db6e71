//! `reconciler::fuzz::fuzz_admin_by_request` under libFuzzer.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| reconciler::fuzz::fuzz_admin_by_request(data));
