//! Writes a generated HAR file to standard output: `cargo run --release -p grantscope-testkit --example bulk_har 1024 > big.har`.
//! The argument is the length in MiB.

use std::io::{self, Write as _};

use grantscope_testkit::BulkHar;

fn main() -> io::Result<()> {
    let mebibytes: u64 = std::env::args()
        .nth(1)
        .and_then(|it| it.parse().ok())
        .unwrap_or(1024);
    let mut bulk = BulkHar::new(mebibytes * 1024 * 1024);
    let mut to = io::BufWriter::new(io::stdout().lock());
    io::copy(&mut bulk, &mut to)?;
    to.flush()
}
