//! `finality settle`: the built binary over the sample and over files that are none.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

const SAMPLE: &str = "samples/settle/market.ssp";

fn settle(args: &[&str]) -> Output {
    let root = env!("CARGO_MANIFEST_DIR");
    let run =
        Command::new(env!("CARGO_BIN_EXE_finality")).arg("settle").args(args).current_dir(root).output();
    let run = run.expect("it runs");
    assert!(!String::from_utf8_lossy(&run.stderr).contains("panicked"), "{run:?}");
    run
}

fn chosen(args: &[&str]) -> Value {
    let run = settle(args);
    assert_eq!(run.status.code(), Some(0), "{run:?}");
    serde_json::from_slice(&run.stdout).expect("one object")
}

fn refused(args: &[&str], code: i32, words: &str) {
    let run = settle(args);
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    assert_eq!(run.status.code(), Some(code), "{said}");
    assert!(said.contains(words), "{words:?} is not said:\n{said}");
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(bytes).expect("in memory");
    packer.finish().expect("in memory")
}

fn name(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

#[test]
fn the_sample_is_settled_and_the_answer_has_its_six_parts() {
    let dir = tempfile::tempdir().expect("a folder");
    let out = dir.path().join("settled.json");
    for objective in ["count", "value"] {
        let printed = chosen(&[SAMPLE, "--objective", objective, "--iterations", "2000"]);
        let count = printed["settled_ids"].as_array().expect("ids").len() as u64;
        assert_eq!(printed["settled_count"].as_u64(), Some(count));
        assert_eq!(printed["objective"], objective);
        let best = if objective == "count" { &printed["settled_count"] } else { &printed["settled_value"] };
        assert!(printed["proved_bound"].as_u64() >= best.as_u64(), "{printed}");
        assert!(printed["seconds"].is_number() && printed.as_object().expect("an object").len() == 6);
        let run = settle(&[SAMPLE, "--objective", objective, "--iterations", "2000", "--out", name(&out)]);
        assert!(run.status.success() && run.stdout.is_empty(), "{run:?}");
        let written: Value =
            serde_json::from_slice(&std::fs::read(&out).expect("it is there")).expect("JSON");
        assert_eq!(written["settled_ids"], printed["settled_ids"]);
    }
}

#[test]
fn gzipped_or_not_and_the_same_bytes_every_time() {
    let dir = tempfile::tempdir().expect("a folder");
    let (plain, packed) = (dir.path().join("day.json"), dir.path().join("day.json.gz"));
    let plain_name = name(&plain);
    let run = settle(&["--generate", "gridlock", "--size", "400", "--seed", "3", "--out", plain_name]);
    assert!(run.status.success(), "{run:?}");
    std::fs::write(&packed, gzipped(&std::fs::read(&plain).expect("written"))).expect("written");
    let bytes = |file: &Path, seconds: &[&str]| {
        let args =
            [&[name(file), "--objective", "value", "--iterations", "5000", "--seed", "9"], seconds].concat();
        let text = String::from_utf8(settle(&args).stdout).expect("UTF-8");
        let (before, after) = text.split_once("\"seconds\":").expect("it says how long it took");
        (before.to_owned(), after.split_once(',').expect("more").1.to_owned())
    };
    let first = bytes(&plain, &[]);
    assert_eq!(first, bytes(&packed, &[]));
    assert_eq!(first, bytes(&plain, &["--seconds", "600"]));
}

#[test]
fn a_little_time_is_enough_for_an_answer() {
    let answer = chosen(&[SAMPLE, "--seconds", "0.2"]);
    assert!(answer["settled_count"].as_u64() > Some(0), "{answer}");
}

#[test]
fn what_is_no_instance_is_refused_with_its_place() {
    let dir = tempfile::tempdir().expect("a folder");
    let sample =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(SAMPLE)).expect("the sample");
    let packed = gzipped(sample.as_bytes());
    let cut = packed[..packed.len() / 2].to_vec();
    for (file, bytes, words) in [
        ("none.json", Vec::new(), "line 1 column 0"),
        ("cut.json", sample.as_bytes()[..sample.len() / 2].to_vec(), "cut.json: it cannot be read as ssp-1"),
        ("cut.gz", cut, "cut.gz: it is gzipped, and broken after"),
        (
            "other.json",
            sample.replace("ssp-1", "ssp-9").into_bytes(),
            "its \"format\" is \"ssp-9\"; this reads \"ssp-1\"",
        ),
        ("noise.json", vec![0xff; 100], "noise.json: it cannot be read as ssp-1"),
    ] {
        let path = dir.path().join(file);
        std::fs::write(&path, bytes).expect("written");
        refused(&[name(&path)], 3, words);
    }
    refused(&["samples/settle/nothing.ssp"], 3, "nothing.ssp: it cannot be read");
    refused(&[SAMPLE, "--iterations", "1", "--out", "no/such/folder/x.json"], 3, "it cannot be written");
    refused(&[], 2, "required");
    refused(&[SAMPLE, "--seconds", "soon"], 2, "a number of seconds is wanted");
    refused(&[SAMPLE, "--objective", "glory"], 2, "glory");
}
