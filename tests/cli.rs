//! The built binary, run in temporary directories over the shipped samples.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// What a run left behind.
struct Run {
    code: i32,
    out: Vec<u8>,
    err: String,
}

impl Run {
    fn text(&self) -> String {
        String::from_utf8(self.out.clone()).expect("output in UTF-8")
    }

    fn json(&self) -> Vec<Value> {
        self.text().lines().map(|line| serde_json::from_str(line).expect("one object per line")).collect()
    }

    /// Fails with all that was said when the code is another one.
    fn exits(self, code: i32) -> Self {
        let out = String::from_utf8_lossy(&self.out);
        assert_eq!(self.code, code, "standard output:\n{out}\nstandard error:\n{}", self.err);
        assert!(!self.err.contains("panicked"), "{}", self.err);
        self
    }

    fn says(self, words: &str) -> Self {
        assert!(self.err.contains(words), "{words:?} is not on standard error:\n{}", self.err);
        self
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().expect("not killed"),
            out: output.stdout,
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

fn command<S: AsRef<OsStr>>(args: &[S]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_finality"));
    command.args(args).current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

/// Runs in the root of the repository, so that samples are named as people name them.
fn finality(args: &str) -> Run {
    command(&args.split_whitespace().collect::<Vec<_>>())
        .stdin(Stdio::null())
        .output()
        .expect("it runs")
        .into()
}

/// Runs with these bytes on standard input.
fn fed(args: &str, input: &[u8]) -> Run {
    let mut child = command(&args.split_whitespace().collect::<Vec<_>>())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    child.stdin.take().expect("piped").write_all(input).expect("it reads all of its input");
    child.wait_with_output().expect("it ends").into()
}

fn sample(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(name)).expect("a sample")
}

/// The good (`folder` is `mt`) or broken (`mt/broken`) message files of a protocol.
fn samples(folder: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(folder);
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(root).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|f| {
        f.extension().is_some_and(|e| ["fix", "fin", "rje", "dos", "xml"].iter().any(|x| e == *x))
    });
    files.sort();
    assert!(!files.is_empty(), "no samples in {folder}");
    files
}

/// The verb with all these files.
fn over(verb: &[&str], files: &[PathBuf]) -> Run {
    let args: Vec<&OsStr> = verb.iter().map(OsStr::new).chain(files.iter().map(|f| f.as_os_str())).collect();
    command(&args).stdin(Stdio::null()).output().expect("it runs").into()
}

#[test]
fn help_of_each_verb_shows_an_example() {
    let listed = finality("--help").exits(0).text();
    let verbs = listed.lines().skip_while(|l| *l != "Commands:").skip(1).take_while(|l| !l.is_empty());
    let verbs: Vec<&str> =
        verbs.filter_map(|l| l.split_whitespace().next()).filter(|v| *v != "help").collect();
    for verb in ["decode", "validate", "convert", "roundtrip", "spec"] {
        assert!(verbs.contains(&verb), "{verb} is not listed:\n{listed}");
    }
    for verb in verbs {
        let help = finality(&format!("{verb} --help")).exits(0).text();
        assert!(help.contains(&format!("  finality {verb} ")), "no example of {verb}:\n{help}");
    }
    assert_eq!(finality("--version").exits(0).text(), format!("finality {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_command_line_without_sense_is_exit_2() {
    for args in [
        "",
        "frobnicate",
        "decode --format yaml",
        "decode - -",
        "convert samples/mt/mt541-typical.fin",
        "convert --to csv x",
        "validate",
        "roundtrip",
        "spec",
        "spec mt999",
        "spec fix ZZ",
        "spec J --version 4.2",
    ] {
        let run = finality(args).exits(2);
        assert!(!run.err.is_empty() && run.out.is_empty(), "{args}: usage errors belong on standard error");
    }
}

#[test]
fn decode_gives_one_json_object_per_message_with_a_fixed_shape() {
    for folder in ["fix", "mt", "mx"] {
        let records = over(&["decode", "--format", "json"], &samples(folder)).exits(0).json();
        for record in &records {
            let keys: Vec<&String> = record.as_object().expect("an object").keys().collect();
            let expected = ["diagnostics", "event", "fields", "file", "index", "ok", "protocol", "type"];
            assert_eq!(keys, expected);
            assert_eq!(record["protocol"], folder);
            assert_eq!(record["ok"], true);
            assert!(record["fields"].as_array().is_some_and(|f| !f.is_empty()), "{record}");
        }
        let types: Vec<&str> = records.iter().filter_map(|r| r["type"].as_str()).collect();
        let expected: &[&str] = match folder {
            "fix" => &[
                "J", "P", "AS", "AT", "AK", "AU", "BH", "T", "AV", "8", "AE", "AR", "AD", "AQ", "BM", "BQ",
                "3", "j",
            ],
            "mt" => &["515", "540", "541", "542", "543", "544", "545", "546", "547", "548", "F21"],
            _ => &["sese.023.001.11", "sese.024.001.12", "sese.025.001.11"],
        };
        for kind in expected {
            assert!(types.contains(kind), "no {kind} among {types:?}");
            let meant = records.iter().filter(|r| r["type"] == *kind).any(|r| !r["event"].is_null());
            assert!(meant, "no {kind} has an event");
        }
    }
}

#[test]
fn json_begins_in_the_promised_order() {
    let text = finality("decode --format json samples/mt/mt541-typical.fin").exits(0).text();
    let start = r#"{"file":"samples/mt/mt541-typical.fin","index":1,"protocol":"mt","type":"541","ok":true,"diagnostics":[]"#;
    assert!(text.starts_with(start), "{text}");
}

#[test]
fn positions_count_in_the_file_not_in_the_message() {
    let mut file = sample("mt/mt541-typical.fin");
    file.extend_from_slice(b"\r\n");
    let (first, lines) = (file.len(), file.iter().filter(|b| **b == b'\n').count());
    file.extend(sample("mt/broken/mt541-cents-of-yen.fin"));
    let records = fed("decode --format json", &file).exits(0).json();
    assert_eq!(records.len(), 2);
    assert_eq!((&records[1]["index"], &records[1]["file"]), (&2.into(), &"-".into()));
    let finding = &records[1]["diagnostics"][0];
    // In the sample alone it is line 23, column 16.
    assert_eq!(finding["code"], "C03");
    assert_eq!(finding["line"], 23 + lines);
    assert_eq!(finding["column"], 16);
    let offset = usize::try_from(finding["offset"].as_u64().expect("a number")).expect("small");
    assert!(offset > first && file[offset..].starts_with(b"218832,5"));
    for key in ["severity", "layer", "code", "offset", "line", "column", "path", "message", "hint"] {
        assert!(!finding[key].is_null(), "{key} is missing in {finding}");
    }
}

#[test]
fn lenient_takes_what_strict_refuses() {
    let file = "samples/mt/broken/mt541-cents-of-yen.fin";
    assert_eq!(finality(&format!("decode --format json {file}")).exits(0).json()[0]["ok"], true);
    assert_eq!(finality(&format!("decode --format json --strict {file}")).exits(3).json()[0]["ok"], false);
}

#[test]
fn text_shows_fields_meaning_and_findings() {
    let text = finality("decode samples/mt/mt541-typical.fin").exits(0).text();
    for part in [
        "samples/mt/mt541-typical.fin (message 1): MT 541, ok\n",
        "        20C (Reference COMM): :COMM//VALE20260519A77\n",
        "=> instruction LF541TYP0519: receive 5,000 units of DE0007164600 (SAP SE REGISTERED SHARES) against EUR 912,711.8\n",
        "   traded 2026-05-19, to settle 2026-05-21\n",
        "   delivering: BRKVGB2LXXX > AGNTDEFFXXX (account 8120005000) > DAKVDEFFXXX\n",
    ] {
        assert!(text.contains(part), "{part:?} is missing in\n{text}");
    }
    for (file, meaning) in [
        ("fix/J-typical.fix", "=> allocation ALB-20261124-0002: buy 50,000 units of FI0009812341"),
        ("mx/sese.024-typical.xml", "reason CLAC (Counterparty has 4000 of 12500 on its account)"),
        ("mt/f21-ack.fin", "=> the network took "),
    ] {
        let text = finality(&format!("decode samples/{file}")).exits(0).text();
        assert!(text.contains(meaning), "{meaning:?} is missing in\n{text}");
    }
}

#[test]
fn every_sample_broken_or_not_can_be_shown_and_none_crashes() {
    for folder in ["fix", "mt", "mx", "fix/broken", "mt/broken", "mx/broken"] {
        for file in samples(folder) {
            let run = over(&["decode"], std::slice::from_ref(&file));
            assert!([0, 3].contains(&run.code), "{}: {}\n{}", file.display(), run.code, run.err);
            assert!(
                !run.text().contains('\u{1}'),
                "{}: control characters reach the terminal",
                file.display()
            );
        }
    }
}

#[test]
fn caret_stands_under_the_byte() {
    let checks = [
        (
            "mt/broken/mt541-cents-of-yen.fin",
            "samples/mt/broken/mt541-cents-of-yen.fin:23:16: error[C03] E/E3[1]/19A:SETT: 218832,5 has more decimals than JPY, which has 0\n\
             23 | :19A::SETT//JPY218832,5\n\
             \x20  |                ^^^^^^^^\n\
             \x20  = help: round the amount to the decimals of its currency\n",
        ),
        (
            "fix/broken/J-bad-values.fix",
            "samples/fix/broken/J-bad-values.fix:1:122: error[373=4] 55: 55 (Symbol) has no value\n\
             1 | …ALB-20261124-0001|71=0|626=2|857=0|54=Z|55=|48=FI0009812341|22=4|53=10,000|15=EUR|6=25.4|75=20261131…\n\
             \x20 |                                          ^^^\n\
             \x20 = help: leave the field out, or give it a value\n",
        ),
        (
            "mx/broken/sese.023-values.xml",
            "samples/mx/broken/sese.023-values.xml:50:17: error[value-date] /BizMsgEnvlp/Document/SctiesSttlmTxInstr/TradDtls/SttlmDt/Dt/Dt: Dt is \"2026-02-29\"; expected a real date like 2026-03-02\n\
             50 |             <Dt>2026-02-29</Dt>\n\
             \x20  |                 ^^^^^^^^^^\n",
        ),
    ];
    for (file, expected) in checks {
        let run = finality(&format!("validate samples/{file}")).exits(3);
        assert!(run.text().contains(expected), "expected\n{expected}\nfound\n{}", run.text());
    }
}

#[test]
fn validate_fails_on_errors_only_and_sums_up() {
    for folder in ["fix", "mt", "mx"] {
        over(&["validate"], &samples(folder)).exits(0).says(" 0 errors, ");
        for broken in samples(&format!("{folder}/broken")) {
            let run = over(&["validate"], std::slice::from_ref(&broken)).exits(3);
            assert!(run.text().contains(": error["), "{}", broken.display());
        }
    }
    finality("validate samples/fix/J-typical.fix samples/mt/broken/mt541-cents-of-yen.fin")
        .exits(3)
        .says("2 files, 2 messages: 1 error, 0 warnings, 0 notes");
}

#[test]
fn a_long_message_is_validated_record_by_record() {
    let statement = String::from_utf8(sample("mx/semt.018-typical.xml")).expect("text");
    let (from, to) = (statement.find("<Txs>").expect("one"), statement.rfind("</Txs>").expect("one") + 6);
    let (head, record, tail) = (&statement[..from], &statement[from..to], &statement[to..]);
    let good = format!("{head}{}{tail}", record.repeat(500));
    let plain = fed("validate --stream -", good.as_bytes()).exits(0);
    assert!(plain.err.contains(" records: 0 errors"), "{}", plain.err);
    let wrong = record.replacen("<SctiesMvmntTp>", "<SctiesMvmntTyp>", 1);
    let wrong = wrong.replacen("</SctiesMvmntTp>", "</SctiesMvmntTyp>", 1);
    let broken = format!("{head}{}{wrong}{record}{tail}", record.repeat(20));
    let run = fed("validate --stream -", broken.as_bytes()).exits(3);
    assert!(run.text().contains("-@") && run.text().contains("SctiesMvmntTyp"), "{}", run.text());
    let cut = &good.as_bytes()[..good.len() / 2];
    fed("validate --stream -", cut).exits(3);
    finality("validate --stream samples/none.xml").exits(3).says("it cannot be read");
}

#[test]
fn every_good_sample_survives_the_round_trip() {
    for folder in ["fix", "mt", "mx"] {
        let run = over(&["roundtrip"], &samples(folder)).exits(0);
        assert_eq!(run.text().lines().count(), samples(folder).len());
    }
    let run = finality("roundtrip samples/mt/instructions.rje").exits(0);
    assert!(run.text().ends_with(" messages come out as they went in\n"), "{}", run.text());
}

#[test]
fn what_cannot_be_read_is_exit_3_and_does_not_stop_the_rest() {
    let folder = tempfile::tempdir().expect("a folder");
    let garbage = folder.path().join("garbage.bin");
    let bytes: Vec<u8> = (0..4096u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8 | 0x80).collect();
    std::fs::write(&garbage, bytes).expect("written");
    let empty = folder.path().join("empty.fin");
    std::fs::write(&empty, b" \r\n").expect("written");
    let files = [folder.path().join("nowhere.fin"), folder.path().to_owned(), empty, garbage];
    for verb in ["decode", "validate", "roundtrip"] {
        for file in &files {
            over(&[verb], std::slice::from_ref(file)).exits(3);
        }
        let mut all = files.to_vec();
        all.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/mt/mt541-typical.fin"));
        let run =
            over(&[verb], &all).exits(3).says("nowhere.fin: it cannot be read").says("there is no message");
        assert!(
            verb == "validate" || run.text().contains("mt541-typical.fin"),
            "{verb}: the good file is missing"
        );
    }
    for file in &files {
        let run = over(&["convert", "--to", "json"], std::slice::from_ref(file)).exits(3);
        assert!(run.out.is_empty() && !run.err.is_empty());
    }
    let record = &over(&["decode", "--format", "json"], &files[3..]).exits(3).json()[0];
    assert_eq!((&record["protocol"], &record["ok"]), (&Value::Null, &Value::Bool(false)));
}

#[test]
fn standard_input_is_read_with_a_dash_or_nothing() {
    let message = sample("fix/J-typical.fix");
    for args in ["decode --format json", "decode --format json -"] {
        let records = fed(args, &message).exits(0).json();
        assert_eq!((&records[0]["file"], &records[0]["type"]), (&"-".into(), &"J".into()));
    }
    fed("validate -", &message).exits(0);
    fed("roundtrip -", &message).exits(0);
    fed("decode", b"").exits(3).says("-: there is no message in it");
}

#[test]
fn bytes_that_are_no_utf8_are_kept_and_shown() {
    let latin = sample("mt/mt541-typical.fin");
    let place = latin.windows(8).position(|w| w == b"BLOCK OF").expect("the narrative");
    let mut latin = latin;
    latin[place + 1] = 0xD6;
    fed("roundtrip -", &latin).exits(0);
    assert_eq!(fed("decode --format json", &latin).exits(0).json()[0]["type"], "541");
    let text = fed("validate -", &latin).exits(3).text();
    assert!(text.contains(" | :70E::SPRO//B\u{FFFD}OCK OF 19 MAY\n"), "{text}");
}

#[test]
fn several_files_and_several_messages_are_numbered() {
    let records =
        finality("decode --format json samples/mx/stream.xml samples/fix/J-typical.fix").exits(0).json();
    let places: Vec<(&str, u64)> = records
        .iter()
        .map(|r| (r["file"].as_str().expect("a name"), r["index"].as_u64().expect("a number")))
        .collect();
    assert_eq!(places.first(), Some(&("samples/mx/stream.xml", 1)));
    assert_eq!(places.get(4), Some(&("samples/mx/stream.xml", 5)));
    assert_eq!(places.last(), Some(&("samples/fix/J-typical.fix", 1)));
}

#[test]
fn a_reader_that_has_enough_is_no_failure() {
    let mut child = command(&["decode", "--format", "json", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    drop(child.stdout.take());
    let mut input = child.stdin.take().expect("piped");
    input.write_all(&sample("mt/mt541-typical.fin")).expect("it reads all of its input");
    drop(input);
    let run: Run = child.wait_with_output().expect("it ends").into();
    assert_eq!(run.exits(0).err, "");
}

#[test]
fn split_takes_a_batch_apart_and_loses_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    for (file, kinds) in [
        ("mt/instructions.rje", "000001-541.fin"),
        ("mt/confirmations.dos", "000001-545.fin"),
        ("fix/day.fix", "000001-fix.fix"),
        ("mx/stream.xml", "000001-mx.xml"),
    ] {
        let out = folder.path().join(file.replace('/', "-"));
        let args = format!("split samples/{file} --out {}", out.display());
        let told = finality(&args).exits(0).text();
        let mut parts: Vec<PathBuf> =
            std::fs::read_dir(&out).expect("the folder").map(|e| e.expect("an entry").path()).collect();
        parts.sort();
        assert!(parts.len() > 1 && told.contains(&format!(": {} in ", parts.len())), "{file}: {told}");
        assert_eq!(parts[0].file_name(), Some(OsStr::new(kinds)));
        let whole = sample(file);
        let mut from = 0;
        for part in &parts {
            let bytes = std::fs::read(part).expect("a file");
            let at =
                whole[from..].windows(bytes.len()).position(|w| w == bytes).expect("as it stood, in order");
            let between = &whole[from..from + at];
            assert!(between.iter().all(|b| b" \r\n$\x01\x03\0".contains(b)), "{file}: {between:?} is lost");
            from += at + bytes.len();
        }
        finality(&args).exits(2).says("--force");
        finality(&format!("{args} --force")).exits(0);
    }
    let out = folder.path().join("empty");
    finality(&format!("split samples/no-such-file --out {}", out.display())).exits(3).says("cannot be read");
    finality(&format!("split /dev/null --out {}", out.display())).exits(3).says("no message");
}

#[test]
fn decode_names_the_components_of_mt_fields_and_headers() {
    let record = finality("decode --format json samples/mt/mt541-typical.fin").exits(0).json().remove(0);
    let text = record["fields"].to_string();
    for part in [
        r#"{"name":"CurrencyCode","value":"EUR"},{"name":"Amount","value":"912711,8"}"#,
        r#"{"name":"ISIN","value":"DE0007164600"}"#,
        r#"{"name":"MessageType","value":"541"}"#,
        r#"{"name":"LogicalTerminal","value":"LUMNLULLAXXX"}"#,
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}

#[test]
fn spec_prints_the_tables() {
    for (name, title) in [
        ("mt541", "# MT541"),
        ("541", "# MT541"),
        ("fix J", "## AllocationInstruction (J), FIX 4.4"),
        ("fix-J --version 5.0SP2", "## AllocationInstruction (J), FIX 5.0 SP2"),
        ("SESE.023.001.11", "# sese.023.001.11"),
    ] {
        let page = finality(&format!("spec {name}")).exits(0).text();
        assert!(page.starts_with(title), "{name}: {page}");
    }
}

fn events(message: &[u8]) -> Vec<Value> {
    fed("decode --format json", message).exits(0).json().into_iter().map(|mut r| r["event"].take()).collect()
}

/// A small MT instruction that says when it was prepared: an MX header always does, so without it the two would differ.
fn prepared(name: &str) -> Vec<u8> {
    let text = String::from_utf8(sample(&format!("mt/{name}-minimal.fin"))).expect("text");
    text.replacen(":23G:NEWM\r\n", ":23G:NEWM\r\n:98C::PREP//20260519091533\r\n", 1).into_bytes()
}

#[test]
fn mt541_to_mx_and_back_means_the_same() {
    for name in ["mt540", "mt541", "mt542", "mt543"] {
        let original = prepared(name);
        let mx = fed("convert --strict --to mx -", &original).exits(0).out;
        fed("decode --strict", &mx).exits(0);
        let back = fed("convert --strict --to mt -", &mx).exits(0).out;
        assert_eq!(events(&back), events(&original), "{name}: {}", String::from_utf8_lossy(&mx));
        assert!(back.starts_with(b"{1:F01LUMNLULLAXXX0000000000}{2:I"), "{}", String::from_utf8_lossy(&back));
    }
}

#[test]
fn losses_are_told_on_standard_error_and_refused_by_strict() {
    let conversion = "convert --to mx samples/mt/mt541-full.fin";
    let run = finality(conversion).exits(0).says("(message 1): lost: instruction.linkages");
    assert!(run.text().contains("<SctiesSttlmTxInstr>"));
    let run = finality(&format!("{conversion} --strict")).exits(1).says("--strict allows no loss");
    assert!(run.out.is_empty(), "a refused conversion writes nothing");
    // What the model does not hold is told as well, not only what the target cannot say.
    finality("convert --to json samples/mt/mt530-full.fin")
        .exits(0)
        .says("not carried: 4/ADDINFO/12A (Type of instrument CLAS) \":CLAS//BOND\"");
    finality("convert --to fix samples/fix/J-typical.fix")
        .exits(0)
        .says("not carried: 73/1/37 (OrderID) \"K-5501\"");
}

#[test]
fn an_identifier_too_long_for_block_3_is_left_out_and_told() {
    let mx = String::from_utf8(fed("convert --to mx -", &prepared("mt541")).exits(0).out).expect("text");
    let long = mx.replace("<BizMsgIdr>LFM541MIN01<", "<BizMsgIdr>LUMN-2026-05-19-000001<");
    assert_ne!(mx, long);
    let run = fed("convert --to mt -", long.as_bytes()).exits(0).says("lost: envelope.message_id");
    assert!(!run.text().contains("{108:"), "{}", run.text());
    fed("convert --strict --to mt -", long.as_bytes()).exits(1);
}

#[test]
fn conversions_that_cannot_be_are_exit_3() {
    for (args, why) in [
        ("--to fix samples/mt/mt541-typical.fin", "has no message here for instruction"),
        ("--to mx samples/fix/J-typical.fix", "has no message here for allocation"),
        ("--to mt samples/mx/sese.023-minimal.xml", "; give --sender and --receiver"),
        ("--to mx samples/mt/mt564-unknown-type.fin", "the message has no meaning"),
        ("--to mx samples/mx/broken/not-a-message.xml", "not converted"),
    ] {
        let run = finality(&format!("convert {args}")).exits(3).says(why);
        assert!(run.out.is_empty(), "{args}");
    }
}

#[test]
fn addresses_come_from_the_source_or_the_command_line() {
    let mx = finality("convert --to mx samples/mt/mt541-minimal.fin").exits(0).text();
    assert!(mx.contains("<BICFI>LUMNLULLXXX</BICFI>"), "{mx}");
    let mx = finality("convert --to mx --receiver RHGTDEFFXXX samples/mt/mt541-minimal.fin").exits(0).text();
    assert!(mx.contains("<BICFI>LUMNLULLXXX</BICFI>") && mx.contains("<BICFI>RHGTDEFFXXX</BICFI>"), "{mx}");
    // An output message: block 1 is the receiver's.
    let mx = fed("convert --to mx -", &sample("mt/mt548-typical.fin")).exits(0).text();
    let from = mx.split("</Fr>").next().expect("a header");
    assert!(from.contains("<BICFI>CUSVDEFFXXX</BICFI>"), "{mx}");
    let document = finality("convert --to mx --document samples/mt/mt541-minimal.fin").text();
    assert!(!document.contains("AppHdr") && document.contains("<Document"), "{document}");
    let fix = finality("convert --to fix --fix-version 5.0SP2 samples/fix/J-minimal.fix").exits(0).text();
    assert!(fix.starts_with("8=FIXT.1.1\u{1}"), "{fix}");
}

#[test]
fn a_batch_is_converted_message_by_message() {
    let count = fed("decode --format json", &sample("mt/instructions.rje")).exits(0).json().len();
    let run = finality("convert --to json samples/mt/instructions.rje").exits(0);
    assert_eq!(run.json().len(), count);
    let written = finality("convert --to mt samples/mt/instructions.rje").exits(0).out;
    assert_eq!(events(&written), events(&sample("mt/instructions.rje")));
}

/// A schema of a message that nobody else has: one reference of at most eight characters.
const TINY: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<xs:schema xmlns="urn:iso:std:iso:20022:tech:xsd:tiny.001.001.01" xmlns:xs="http://www.w3.org/2001/XMLSchema"
  elementFormDefault="qualified" targetNamespace="urn:iso:std:iso:20022:tech:xsd:tiny.001.001.01">
  <xs:element name="Document" type="Document"/>
  <xs:complexType name="Document"><xs:sequence><xs:element name="Tiny" type="Tiny1"/></xs:sequence></xs:complexType>
  <xs:complexType name="Tiny1"><xs:sequence><xs:element name="Ref" type="Max8Text"/></xs:sequence></xs:complexType>
  <xs:simpleType name="Max8Text">
    <xs:restriction base="xs:string"><xs:minLength value="1"/><xs:maxLength value="8"/></xs:restriction>
  </xs:simpleType>
</xs:schema>
"#;

#[test]
fn schema_lists_tables_and_makes_documents() {
    let listed = finality("schema list").exits(0).text();
    assert!(listed.lines().any(|line| line == "sese.023.001.11"), "{listed}");
    for message in ["sese.023.001.11", "sese.024.001.12", "sese.025.001.11"] {
        let made = finality(&format!("schema sample {message} --full --seed 7")).exits(0).out;
        assert_eq!(made, finality(&format!("schema sample {message} --full --seed 7")).exits(0).out);
        // Random values break rules; the structure is that of the table.
        let found = fed("validate -", &made).text();
        assert!(!found.contains("unknown-element") && !found.contains("missing-element"), "{found}");
    }
    finality("schema sample nope.001.001.01").exits(2).says("there is no table");
}

#[test]
fn imported_tables_go_before_the_built_in_ones() {
    let folder = tempfile::tempdir().expect("a directory");
    let (schemas, tables) = (folder.path().join("xsd"), folder.path().join("tables"));
    std::fs::create_dir(&schemas).expect("made");
    std::fs::write(schemas.join("tiny.001.001.01.xsd"), TINY).expect("written");
    let made = finality(&format!("schema import {} --out {}", schemas.display(), tables.display())).exits(0);
    assert!(made.text().starts_with("1 tables"), "{}", made.text());
    let with = format!("--schemas {}", tables.display());
    let sample = finality(&format!("schema sample tiny.001.001.01 {with}")).exits(0).out;
    fed(&format!("validate {with} -"), &sample).exits(0).says("0 errors, 0 warnings, 0 notes");
    fed("validate -", &sample).exits(0).says("1 note");
    let space = "urn:iso:std:iso:20022:tech:xsd:tiny.001.001.01";
    let long = format!("<Document xmlns=\"{space}\"><Tiny><Ref>123456789</Ref></Tiny></Document>");
    let found = fed(&format!("validate {with} -"), long.as_bytes()).exits(3).text();
    assert!(found.contains("error[value-length] /Document/Tiny/Ref"), "{found}");
    fed(&format!("decode --strict {with} -"), long.as_bytes()).exits(3);
    fed("decode --strict -", long.as_bytes()).exits(0);
    // The same identifier as a committed one: the imported table is the one that is asked.
    let other = TINY.replace("tiny.001.001.01", "sese.024.001.12");
    std::fs::write(schemas.join("other.xsd"), other).expect("written");
    finality(&format!("schema import {} --out {}", schemas.display(), tables.display())).exits(0);
    let short = long.replace("tiny.001.001.01", "sese.024.001.12").replace("123456789", "1");
    let found = fed(&format!("validate {with} -"), short.as_bytes()).text();
    assert!(!found.contains("unknown-element"), "{found}");
    assert!(fed("validate -", short.as_bytes()).exits(3).text().contains("unknown-element"));
}

#[test]
fn a_folder_without_tables_is_no_folder_of_tables() {
    let folder = tempfile::tempdir().expect("a directory");
    let empty = format!("validate --schemas {} samples/mx/sese.023-minimal.xml", folder.path().display());
    finality(&empty).exits(3).says("there is no table in it");
    finality("decode --schemas /nowhere samples/mx/sese.023-minimal.xml").exits(3).says("/nowhere");
    std::fs::write(folder.path().join("x.xsd"), "<a/>").expect("written");
    let broken = format!("schema import {0} --out {0}/tables", folder.path().display());
    finality(&broken).exits(3).says("x.xsd");
}

#[test]
fn official_schemas_become_the_tables_that_are_built_in() {
    let official = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/reference/xsd");
    if !official.is_dir() {
        return;
    }
    let folder = tempfile::tempdir().expect("a directory");
    let out = folder.path().display();
    finality(&format!("schema import {} --out {out}", official.display())).exits(0);
    let with = format!("--schemas {out}");
    for name in ["sese.023-typical", "sese.024-typical", "sese.025-typical"] {
        finality(&format!("validate {with} samples/mx/{name}.xml")).exits(0);
    }
}

#[test]
fn every_document_of_an_envelope_is_validated() {
    let one = String::from_utf8(sample("mx/sese.023-minimal.xml")).expect("text");
    let one = one.split_once("?>").map_or(one.as_str(), |(_, rest)| rest);
    let wrapped = format!("<Xchg>{one}{one}</Xchg>");
    fed("validate -", wrapped.as_bytes()).exits(0).says("2 messages");
    assert_eq!(fed("decode --format json -", wrapped.as_bytes()).exits(0).json().len(), 2);
}

/// Where an envelope breaks off, what came before the break is written whole, the rest as it came, and both are said.
#[test]
fn split_keeps_what_came_before_a_break() {
    let one = String::from_utf8(sample("mx/sese.023-minimal.xml")).expect("text");
    let one = one.split_once("?>").map_or(one.as_str(), |(_, rest)| rest).trim();
    let other = one.replace("<TxId>", "<TxId>2");
    let half = one.get(..one.len() / 2).expect("a half");
    let folder = tempfile::tempdir().expect("a directory");
    let (file, out) = (folder.path().join("batch.xml"), folder.path().join("out"));
    std::fs::write(&file, format!("<b:Batch xmlns:b=\"urn:b\"><b:Body>{one}{other}{half}")).expect("written");
    let run = finality(&format!("split {} --out {}", file.display(), out.display())).exits(3);
    let run = run.says("message 3 breaks off").says("000003-broken.xml").says("truncated");
    assert!(run.text().contains("broken x 1, mx x 2"), "{}", run.text());
    let whole = format!("validate {0}/000001-mx.xml {0}/000002-mx.xml", out.display());
    finality(&whole).exits(0).says("2 messages");
    let rest = std::fs::read_to_string(out.join("000003-broken.xml")).expect("the rest");
    assert!(rest.ends_with(half), "{rest}");
}

/// One envelope of two messages is two for every verb.
#[test]
fn the_messages_of_an_envelope_are_counted_alike() {
    let one = String::from_utf8(sample("mx/sese.023-minimal.xml")).expect("text");
    let one = one.split_once("?>").map_or(one.as_str(), |(_, rest)| rest);
    let other = one.replace("<TxId>", "<TxId>2");
    let folder = tempfile::tempdir().expect("a directory");
    let file = folder.path().join("batch.xml");
    std::fs::write(&file, format!("<b:Batch xmlns:b=\"urn:b\">{one}{other}</b:Batch>\n{one}"))
        .expect("written");
    let (file, out) = (file.display(), folder.path().join("out"));
    finality(&format!("validate {file}")).exits(0).says("3 messages");
    assert_eq!(finality(&format!("decode --format json {file}")).exits(0).json().len(), 3);
    assert_eq!(finality(&format!("convert --to json {file}")).exits(0).json().len(), 3);
    assert!(finality(&format!("roundtrip {file}")).exits(0).text().contains("3 messages come out"));
    assert!(finality(&format!("split {file} --out {}", out.display())).exits(0).text().contains("3 in "));
    // Each of the files can be read alone, and they say what the one said.
    let parts =
        format!("decode --format json {0}/000001-mx.xml {0}/000002-mx.xml {0}/000003-mx.xml", out.display());
    let events = |run: Run| run.json().into_iter().map(|r| r["event"].clone()).collect::<Vec<_>>();
    assert_eq!(
        events(finality(&parts).exits(0)),
        events(finality(&format!("decode --format json {file}")).exits(0))
    );
}

/// What is not converted at all makes the run fail, also without --strict.
#[test]
fn a_message_that_is_not_converted_is_no_success() {
    let of = |name: &str| String::from_utf8(sample(name)).expect("text");
    let silent = of("mx/sese.036-minimal.xml");
    let good = of("mx/sese.023-minimal.xml");
    let good = good.split_once("?>").map_or(good.as_str(), |(_, rest)| rest);
    for (raw, lines) in [
        ("<Foo/>".to_owned(), 0),
        (silent, 0),
        (format!("{good}<Foo/>"), 1),
        (format!("<B>{good}<Document xmlns=\"urn:x\"/></B>"), 1),
        (format!("<B>{good}{}</B>", good.replace("</TxId>", "</TxIt>")), 1),
    ] {
        let run = fed("convert --to json -", raw.as_bytes()).exits(3).says("not converted");
        assert_eq!(run.json().len(), lines, "{raw}");
    }
}

/// A wrapper of three messages, the second of which says nothing that can be converted.
#[test]
fn the_messages_of_one_envelope_are_converted_one_by_one() {
    let of = |name: &str| {
        let text = String::from_utf8(sample(name)).expect("text");
        let start = text.find("<AppHdr").or_else(|| text.find("<Document")).expect("a message");
        let end = text.rfind("</Document>").expect("a document") + "</Document>".len();
        text[start..end].to_owned()
    };
    let (first, odd, last) =
        (of("mx/sese.023-typical.xml"), of("mx/sese.036-minimal.xml"), of("mx/sese.024-typical.xml"));
    let batch = format!("<Batch>\n{first}\n{odd}\n{last}\n</Batch>\n");
    let run = fed("convert --to mt -", batch.as_bytes()).exits(3);
    let (mt541, mt548) = (run.text().contains("{2:I541"), run.text().contains("{2:I548"));
    assert!(mt541 && mt548, "{}", run.text());
    let run = run
        .says("message 2, 2 of 3 in it, at ")
        .says("not converted")
        .says("-: 2 of 3 messages were converted");
    assert!(!run.err.contains("in it, at 0"), "{}", run.err);
    // The same as siblings.
    let siblings = format!("{}</B>\n<B>{last}</B>", first.replace("<AppHdr", "<B><AppHdr"));
    let run = fed("convert --to mt -", siblings.as_bytes()).exits(0);
    assert!(run.text().contains("{2:I541") && run.text().contains("{2:I548"), "{}", run.text());
    // What breaks off is refused, what stands before it is not.
    let broken = format!("<Batch>{first}{last}<Document");
    let run = fed("convert --to json -", broken.as_bytes()).exits(3);
    assert_eq!(run.json().len(), 2);
}
