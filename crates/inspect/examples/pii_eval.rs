//! Precision and recall of the detectors on a labelled set.
//!
//! `tests/pii-eval/gen.py` makes the set; see `tests/pii-eval/README.md`. Then:
//! `cargo run -p countersign-inspect --example pii_eval -- public.jsonl [--misses] [--rows rows-public.jsonl] [--stream public.jsonl]`

use std::collections::BTreeMap;
use std::error::Error;

use countersign_inspect::detect::{Detectors, ENTITIES};
use countersign_inspect::mask::{PseudonymKey, TextMasker};
use countersign_model::MaskStyle;
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    text: String,
    spans: Vec<Span>,
    genre: String,
}

#[derive(Deserialize)]
struct Span {
    bstart: usize,
    bend: usize,
    #[serde(rename = "type")]
    entity: String,
}

#[derive(Deserialize)]
struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<Option<String>>>,
    spans: Vec<Cell>,
}

#[derive(Deserialize)]
struct Cell {
    row: usize,
    col: usize,
    #[serde(rename = "type")]
    entity: String,
}

/// What was found of one entity.
#[derive(Default)]
struct Tally {
    /// Labelled, and found with exactly these bounds.
    exact: usize,
    /// Labelled, and found with other bounds.
    partly: usize,
    /// Labelled, not found.
    missed: usize,
    /// Found where nothing of the kind is labelled.
    wrong: usize,
}

type Tallies = BTreeMap<String, Tally>;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut misses = false;
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--misses" => misses = true,
            "--stream" => {
                let path = arguments.next().ok_or("--stream needs a file")?;
                evaluate_stream(&std::fs::read_to_string(path)?, misses)?;
            }
            "--rows" => {
                let path = arguments.next().ok_or("--rows needs a file")?;
                evaluate_rows(&std::fs::read_to_string(path)?, misses)?;
            }
            path => evaluate(&std::fs::read_to_string(path)?, misses)?,
        }
    }
    Ok(())
}

/// What masking in a stream hides of what masking of the whole text hides, and how much it holds back.
fn evaluate_stream(lines: &str, misses: bool) -> Result<(), Box<dyn Error>> {
    let all: Vec<_> = ENTITIES
        .iter()
        .map(|name| ((*name).to_owned(), MaskStyle::Redact))
        .collect();
    let masker = TextMasker::new(&all, &PseudonymKey::from_bytes([1; 32]));
    let (mut texts, mut same, mut hidden, mut leaked) = (0, 0, 0, 0);
    let mut held: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for line in lines.lines() {
        let case: Case = serde_json::from_str(line)?;
        let whole = masker.mask(&case.text, &mut |_| {}).unwrap_or_default();
        let (streamed, held_back) = through_a_stream(&masker, &case.text);
        for genre in [case.genre.as_str(), "all"] {
            let known = held.entry(genre.to_owned()).or_default();
            known.extend_from_slice(&held_back);
        }
        texts += 1;
        same += usize::from(streamed == whole);
        if misses && streamed != whole {
            out(&format!("differs: {whole:?}\n   from: {streamed:?}"));
        }
        for found in Detectors::all().scan(&case.text) {
            let (start, end) = (found.start, found.end);
            let value = case.text.get(start..end).unwrap_or_default();
            if whole.contains(value) {
                continue;
            }
            hidden += 1;
            let leaks = streamed.contains(value);
            leaked += usize::from(leaks);
            note(
                misses && leaks,
                "leaked",
                found.entity,
                &case.text,
                start,
                end,
            );
        }
    }
    out(&format!(
        "{texts} texts, {same} masked alike; {hidden} values hidden whole, {leaked} leak"
    ));
    out("bytes held back at each character, by genre:");
    held.iter_mut()
        .for_each(|(genre, held)| report_held(genre, held));
    Ok(())
}

/// A text that comes character by character: what comes out, and how much is held after each.
fn through_a_stream(masker: &TextMasker, text: &str) -> (String, Vec<usize>) {
    let mut stream = masker.stream();
    let (mut out, mut held) = (String::new(), Vec::new());
    for character in text.chars() {
        stream.push(character.encode_utf8(&mut [0; 4]), &mut out);
        held.push(stream.held());
    }
    stream.finish(&mut out);
    (out, held)
}

fn report_held(genre: &str, held: &mut [usize]) {
    held.sort_unstable();
    let at = |share: usize| held.get(held.len() * share / 1000).copied().unwrap_or(0);
    out(&format!(
        "{genre:<10}{:>9} characters: p50 {}, p90 {}, p99 {}, p99.9 {}, most {}",
        held.len(),
        at(500),
        at(900),
        at(990),
        at(999),
        held.last().copied().unwrap_or(0)
    ));
}

fn evaluate(lines: &str, misses: bool) -> Result<(), Box<dyn Error>> {
    let detectors = Detectors::all();
    let mut tallies = Tallies::new();
    let (mut negatives, mut flagged) = (0, 0);
    for line in lines.lines() {
        let case: Case = serde_json::from_str(line)?;
        let found = detectors.scan(&case.text);
        negatives += usize::from(case.genre == "neg");
        flagged += usize::from(case.genre == "neg" && !found.is_empty());
        let labels: Vec<&Span> = case
            .spans
            .iter()
            .filter(|span| is_known(&span.entity))
            .collect();
        for label in &labels {
            let tally = tallies.entry(label.entity.clone()).or_default();
            let mut same = found
                .iter()
                .filter(|f| f.entity == label.entity && overlaps(f.start, f.end, label));
            match same.next() {
                Some(f) if (f.start, f.end) == (label.bstart, label.bend) => tally.exact += 1,
                Some(f) => {
                    tally.partly += 1;
                    note(misses, "partly", &label.entity, &case.text, f.start, f.end);
                }
                None => {
                    tally.missed += 1;
                    note(
                        misses,
                        "missed",
                        &label.entity,
                        &case.text,
                        label.bstart,
                        label.bend,
                    );
                }
            }
        }
        for f in &found {
            let right = labels
                .iter()
                .any(|label| label.entity == f.entity && overlaps(f.start, f.end, label));
            if !right {
                tallies.entry(f.entity.to_owned()).or_default().wrong += 1;
                note(misses, "wrong", f.entity, &case.text, f.start, f.end);
            }
        }
    }
    report(&tallies);
    out(&format!("hard negatives flagged: {flagged} of {negatives}"));
    Ok(())
}

fn evaluate_rows(lines: &str, misses: bool) -> Result<(), Box<dyn Error>> {
    let detectors = Detectors::all();
    for named in [false, true] {
        let mut tallies = Tallies::new();
        for line in lines.lines() {
            let table: Table = serde_json::from_str(line)?;
            for (row, values) in table.rows.iter().enumerate() {
                for (col, (value, name)) in values.iter().zip(&table.columns).enumerate() {
                    let Some(value) = value else { continue };
                    let found = detectors.scan_named(if named { name } else { "" }, value);
                    let labels = |entity: &str| {
                        table
                            .spans
                            .iter()
                            .any(|s| (s.row, s.col) == (row, col) && s.entity == entity)
                    };
                    for label in table
                        .spans
                        .iter()
                        .filter(|s| (s.row, s.col) == (row, col) && is_known(&s.entity))
                    {
                        let tally = tallies.entry(label.entity.clone()).or_default();
                        if found.iter().any(|f| f.entity == label.entity) {
                            tally.exact += 1;
                        } else {
                            tally.missed += 1;
                            note(
                                misses && named,
                                "missed",
                                &label.entity,
                                &format!("{name}: {value}"),
                                0,
                                0,
                            );
                        }
                    }
                    for f in found.iter().filter(|f| !labels(f.entity)) {
                        tallies.entry(f.entity.to_owned()).or_default().wrong += 1;
                        note(
                            misses && named,
                            "wrong",
                            f.entity,
                            &format!("{name}: {value}"),
                            0,
                            0,
                        );
                    }
                }
            }
        }
        out(if named {
            "rows, with column names"
        } else {
            "rows, without column names"
        });
        report(&tallies);
    }
    Ok(())
}

fn is_known(entity: &str) -> bool {
    ENTITIES.contains(&entity)
}

fn overlaps(start: usize, end: usize, label: &Span) -> bool {
    start < label.bend && label.bstart < end
}

fn note(wanted: bool, kind: &str, entity: &str, text: &str, start: usize, end: usize) {
    if wanted {
        let value = text.get(start..end).unwrap_or_default();
        out(&format!(
            "{kind} {entity} <{value}> in {}",
            text.replace('\n', "\\n")
        ));
    }
}

fn report(tallies: &Tallies) {
    out(&format!(
        "{:<20}{:>7}{:>7}{:>7}{:>7}{:>11}{:>8}",
        "entity", "exact", "partly", "missed", "wrong", "precision", "recall"
    ));
    for (entity, tally) in tallies {
        let found = tally.exact + tally.partly;
        let share = |part: usize, all: usize| {
            if all == 0 {
                1.0
            } else {
                part as f64 / all as f64
            }
        };
        out(&format!(
            "{entity:<20}{:>7}{:>7}{:>7}{:>7}{:>11.3}{:>8.3}",
            tally.exact,
            tally.partly,
            tally.missed,
            tally.wrong,
            share(found, found + tally.wrong),
            share(found, found + tally.missed),
        ));
    }
}

#[expect(clippy::print_stdout, reason = "this is what the evaluation is for")]
fn out(line: &str) {
    println!("{line}");
}
