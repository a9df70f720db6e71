//! `reconciler::fuzz::fuzz_markdown` under libFuzzer.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| reconciler::fuzz::fuzz_markdown(data));
