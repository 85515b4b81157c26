//! `cargo xtask fuzz client_hello`; without a fuzzer it runs on the files that it is given.

#![cfg_attr(fuzzing, no_main)]

grantscope_fuzz::target!(client_hello);
