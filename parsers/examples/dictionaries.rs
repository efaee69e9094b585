//! Loads dictionaries in QuickFIX's XML format and says how large they are and how long it took.
//!
//! ```text
//! cargo run --release -p finality-parsers --example dictionaries -- [FIXT11.xml] FIX50SP2.xml
//! ```

use finality_parsers::fix::dictionary::Dictionary;

#[expect(clippy::disallowed_methods, reason = "it measures")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let paths: Vec<String> = std::env::args().skip(1).collect();
    let files = paths.iter().map(std::fs::read).collect::<Result<Vec<_>, _>>()?;
    let (transport, application) = match &files[..] {
        [application] => (None, application),
        [transport, application] => (Some(&transport[..]), application),
        _ => return Err("give a FIX 4.x dictionary, or FIXT11.xml and a FIX 5.0 dictionary".into()),
    };
    for _ in 0..3 {
        let before = std::time::Instant::now();
        let dictionary = Dictionary::from_xml(transport, application)?;
        println!(
            "{}: {} messages, {} fields, {} kB, read in {:.1?}",
            dictionary.version.name(),
            dictionary.messages().len(),
            dictionary.fields().len(),
            dictionary.size() / 1024,
            before.elapsed(),
        );
    }
    Ok(())
}
