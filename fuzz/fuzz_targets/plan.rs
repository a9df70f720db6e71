//! `reconciler::fuzz::fuzz_plan` under libFuzzer.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| reconciler::fuzz::fuzz_plan(data));
