//! The command line of Finality: what was typed, what it means, do it, say how it went.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    finality::cli::main()
}
