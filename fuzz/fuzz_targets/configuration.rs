//! `reconciler::fuzz::fuzz_configuration` under libFuzzer.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| reconciler::fuzz::fuzz_configuration(data));
