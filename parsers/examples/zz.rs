use finality_parsers::{diagnostic::Findings, limits::Limits, mt};
fn main() {
    let raw = std::fs::read("/tmp/bench541.fin").unwrap();
    let mut r = mt::Reader::new(Limits::default());
    let t = std::time::Instant::now();
    let n: u32 = std::env::args().nth(1).unwrap().parse().unwrap();
    let mut s = 0;
    for _ in 0..n { let mut f = Findings::new(100); let m = r.read(&raw, &mut f); s += m.frame.fields().len(); r.take_back(m); }
    println!("{} bytes {} fields {:?}", raw.len(), s / n as usize, t.elapsed() / n);
}
