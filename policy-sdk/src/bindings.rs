//! The world in `wit/policy.wit` as Rust.

wit_bindgen::generate!({
    world: "policy",
    path: "wit",
    additional_derives: [PartialEq, Eq],
    pub_export_macro: true,
    export_macro_name: "export_policy",
    default_bindings_module: "countersign_policy_sdk::bindings",
});
