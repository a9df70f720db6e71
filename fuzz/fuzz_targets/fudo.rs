//! `reconciler::fuzz::fuzz_fudo` under libFuzzer.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| reconciler::fuzz::fuzz_fudo(data));
