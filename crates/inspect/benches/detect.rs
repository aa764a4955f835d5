//! Speed of the detectors.

fn main() {
    divan::main();
}
