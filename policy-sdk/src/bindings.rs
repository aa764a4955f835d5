//! The worlds in `wit/policy.wit` as Rust.

wit_bindgen::generate!({
    world: "policy",
    path: "wit",
    additional_derives: [PartialEq, Eq],
    pub_export_macro: true,
    export_macro_name: "export_policy",
    default_bindings_module: "countersign_policy_sdk::bindings",
});

/// The world of a policy that filters responses too, on the types of the other one.
pub mod filtering {
    wit_bindgen::generate!({
        world: "filtering-policy",
        path: "wit",
        pub_export_macro: true,
        export_macro_name: "export_filtering_policy",
        default_bindings_module: "countersign_policy_sdk::bindings::filtering",
        with: {
            "countersign:policy/types@0.1.0": crate::bindings::countersign::policy::types,
            "countersign:policy/host@0.1.0": crate::bindings::countersign::policy::host,
        },
    });
}
