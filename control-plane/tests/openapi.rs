//! The committed OpenAPI document is the one the routes describe.

use std::path::Path;

/// `UPDATE_OPENAPI=1` writes the snapshot; otherwise it must be up to date.
#[test]
fn the_snapshot_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let document = countersign_control_plane::openapi::document().unwrap();
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(&path, &document).unwrap();
    }
    let snapshot = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        snapshot == document,
        "openapi.json is out of date; run this test with UPDATE_OPENAPI=1"
    );
}
