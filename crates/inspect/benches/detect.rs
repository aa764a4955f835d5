//! Speed of the detectors: every value of every row goes through them.

use countersign_inspect::detect::Detectors;
use countersign_inspect::mask::{PseudonymKey, TextMasker};
use countersign_model::MaskStyle;
use divan::counter::BytesCount;
use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

const PROSE: &str = "It was a bright cold day in spring, and all the clocks of the old town were late. \
    Nobody minded; the market opened when the first baker came, and closed when the last one left. ";

#[divan::bench(args = [64 * 1024])]
fn prose(bencher: Bencher, size: usize) {
    let text = PROSE.repeat(size / PROSE.len());
    let detectors = Detectors::all();
    bencher
        .counter(BytesCount::of_str(&text))
        .bench_local(|| detectors.scan(black_box(&text)).len());
}

/// Rows as JSON: numbers, quotes and a finding in every row.
#[divan::bench(args = [64 * 1024])]
fn json(bencher: Bencher, size: usize) {
    let row = r#"{"id": 4711, "email": "jane.doe@example.com", "created_at": "2026-03-15T10:11:12Z", "total": 19.99, "note": "left at the door"},"#;
    let text = row.repeat(size / row.len());
    let detectors = Detectors::all();
    bencher
        .counter(BytesCount::of_str(&text))
        .bench_local(|| detectors.scan(black_box(&text)).len());
}

#[divan::bench(args = ["Jane", "Elizabeth Jordan", "t", "4711", "19.99", "2026-03-15 10:11:12", "jane.doe@example.com", "4111111111111111", "570942859"])]
fn value(bencher: Bencher, value: &str) {
    let detectors = Detectors::all();
    bencher.bench_local(|| detectors.scan(black_box(value)).len());
}

#[divan::bench(args = ["Elizabeth Jordan", "jane.doe@example.com", "4111111111111111"])]
fn mask(bencher: Bencher, value: &str) {
    let entities = ["EMAIL_ADDRESS", "CREDIT_CARD", "PHONE_NUMBER", "US_SSN"];
    let entities: Vec<_> = entities
        .iter()
        .map(|name| ((*name).to_owned(), MaskStyle::Partial(4)))
        .collect();
    let masker = TextMasker::new(&entities, &PseudonymKey::from_bytes([1; 32]));
    bencher.bench_local(|| {
        masker
            .mask(black_box(value), &mut |_| {})
            .map(|masked| masked.len())
    });
}

/// A streamed answer: pieces of a few bytes, as models send them.
#[divan::bench(args = [64 * 1024])]
fn mask_stream(bencher: Bencher, size: usize) {
    let text = format!("{PROSE} Write to jane.doe@example.com, or +44 20 7946 0958. ");
    let text = text.repeat(size / text.len());
    let pieces: Vec<&str> = text.split_inclusive(' ').collect();
    let all: Vec<_> = countersign_inspect::detect::ENTITIES
        .iter()
        .map(|name| ((*name).to_owned(), MaskStyle::Redact))
        .collect();
    let masker = TextMasker::new(&all, &PseudonymKey::from_bytes([1; 32]));
    bencher.counter(BytesCount::of_str(&text)).bench_local(|| {
        let mut stream = masker.stream();
        let mut out = String::new();
        for piece in &pieces {
            stream.push(black_box(piece), &mut out);
        }
        stream.finish(&mut out);
        out.len()
    });
}
