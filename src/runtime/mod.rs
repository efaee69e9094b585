//! The live side: the wall clock, the threads, the sockets and folders around the one machine.

pub mod clock;
mod decide;
pub mod door;
pub mod drive;
pub mod hall;
pub mod quiet;
pub mod tape;
