//! The command line of Finality.
use finality::simulate::{Production, profile};
use finality_simulator::{report::Report, scenario::Scenario, world::World};
fn main() {
    let path = std::env::args().nth(1).unwrap();
    let s = Scenario::from_toml(&std::fs::read_to_string(path).unwrap()).unwrap();
    let seed = s.seed;
    let outcome = World::new(s, seed, |m| Production { profile: profile(m) }).run();
    print!("{}", Report::of(&outcome, "0.1.0", seed).text());
    let mut n = 0;
    for r in finality::simulate::records(&outcome.journal) {
        for f in &r.facts {
            if let finality_kernel::fact::Fact::ExceptionOpened { detail, reason, .. } = f {
                n += 1;
                if n < 8 || n % 400 == 0 {
                    eprintln!("{} {:?} {detail}", r.seq, reason);
                    if n < 4 {
                        eprintln!("{}", String::from_utf8_lossy(&r.raw).replace('\u{1}', "|"));
                    }
                }
            }
        }
    }
}
