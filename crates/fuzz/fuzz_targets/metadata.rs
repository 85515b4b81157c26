//! `cargo xtask fuzz metadata`; without a fuzzer it runs on the files that it is given.

#![cfg_attr(fuzzing, no_main)]

grantscope_fuzz::target!(metadata);
