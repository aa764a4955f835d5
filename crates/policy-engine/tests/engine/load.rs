//! What is loaded, and what is refused by name.

use countersign_policy_engine::{ArtefactCache, Engine, EngineOptions, LoadError, build_policy};
use countersign_policy_package::{Package, PackageError};
use wit_component::dummy_module;
use wit_parser::{LiftLowerAbi, ManglingAndAbi, Resolve};

use crate::support::{
    self,
    guest::{self, guest},
};

fn engine() -> Engine {
    Engine::new(EngineOptions::default()).expect("an engine")
}

/// A component that imports and exports all of a world and does nothing.
fn dummy(wit: &[(&str, &str)], world: &str) -> Vec<u8> {
    let mut resolve = Resolve::default();
    let mut last = None;
    for (name, text) in wit {
        last = Some(resolve.push_str(name, text).expect("valid WIT"));
    }
    let world = resolve
        .select_world(&[last.expect("a package")], Some(world))
        .expect("a world");
    let abi = ManglingAndAbi::Legacy(LiftLowerAbi::Sync);
    let module = dummy_module(&resolve, world, abi);
    guest::component(module, &resolve, world)
}

const FUNCTIONS: &str = "
    export configure: func(settings: string) -> result<_, string>;
    export judge: func(action: u32) -> result<u32, string>;
    export describe: func() -> string;";

#[test]
fn all_of_the_world_is_offered() {
    let (resolve, world) = guest::world();
    let abi = ManglingAndAbi::Legacy(LiftLowerAbi::Sync);
    let module = dummy_module(&resolve, world, abi);
    // It is linked, with every function at its type, and then traps as a dummy does.
    let error = build_policy(&{
        let mut module = module;
        wit_component::embed_component_metadata(
            &mut module,
            &resolve,
            world,
            wit_component::StringEncoding::UTF8,
        )
        .expect("embeds");
        module
    })
    .expect_err("a dummy describes nothing");
    let countersign_policy_engine::BuildError::Load(LoadError::Setup { failure, detail }) = error
    else {
        panic!("{error:?}");
    };
    assert_eq!(failure, countersign_model::Failure::Trap, "{detail}");
}

#[test]
fn foreign_imports_are_refused_by_name() {
    let wasi = "package wasi:cli@0.2.3; interface environment { get: func() -> u32; }";
    let policy = format!(
        "package test:policy; world policy {{
            import wasi:cli/environment@0.2.3;
            import files: func(path: string) -> u32;
            {FUNCTIONS} }}"
    );
    let component = dummy(&[("wasi.wit", wasi), ("policy.wit", &policy)], "policy");
    let Err(LoadError::Package(PackageError::ForeignImports { mut names })) =
        engine().load(&component)
    else {
        panic!("loaded");
    };
    names.sort();
    assert_eq!(names, ["files", "wasi:cli/environment@0.2.3"]);
}

#[test]
fn another_contract_under_the_same_name_does_not_fit() {
    let types = "package countersign:policy@0.1.0;
        interface host { count: func(key: string) -> string; }
        world policy {
            import host;
            export configure: func(settings: string) -> result<_, string>;
            export judge: func(action: u32) -> result<u32, string>;
            export describe: func() -> string;
        }";
    let component = dummy(&[("policy.wit", types)], "policy");
    let section = Package::read(&guest("a", "")).expect("a policy").manifest;
    let component =
        countersign_policy_package::with_manifest(&component, &section).expect("takes it");
    let Err(LoadError::Interface { reason }) = engine().load(&component) else {
        panic!("loaded");
    };
    assert!(reason.contains("count"), "{reason}");
}

#[test]
fn exports_of_another_type_do_not_fit() {
    let wit = format!("package countersign:policy@0.1.0; world policy {{ {FUNCTIONS} }}");
    let component = dummy(&[("policy.wit", &wit)], "policy");
    let section = Package::read(&guest("a", "")).expect("a policy").manifest;
    let component =
        countersign_policy_package::with_manifest(&component, &section).expect("takes it");
    assert!(matches!(
        engine().load(&component),
        Err(LoadError::Interface { .. })
    ));
}

#[test]
fn the_manifest_must_be_the_codes_own() {
    let mut section = Package::read(&guest("honest", ""))
        .expect("a policy")
        .manifest;
    section.description = "Something else.".to_owned();
    let component = guest::guest_describing("honest", "", &section);
    assert!(matches!(
        engine().load(&component),
        Err(LoadError::ForeignManifest)
    ));
}

#[test]
fn the_same_component_is_loaded_once() {
    let engine = engine();
    let component = guest("once", "");
    let first = engine.load(&component).expect("loads");
    let second = engine.load(&component).expect("loads");
    assert!(std::sync::Arc::ptr_eq(&first, &second));
}

#[test]
fn compiled_policies_survive_a_restart_and_no_meddling() {
    let dir = tempfile::tempdir().expect("a directory");
    let options = || EngineOptions {
        artefact_cache: Some(ArtefactCache {
            dir: dir.path().join("compiled"),
            key_file: dir.path().join("artefact.key"),
        }),
        ..EngineOptions::default()
    };
    let component = guest("kept", &guest::answer_deny());
    let said = |options| {
        let engine = Engine::new(options).expect("an engine");
        support::judge_once(&engine, &component)
    };
    let artefact = || {
        let mut files: Vec<_> = std::fs::read_dir(dir.path().join("compiled"))
            .expect("listed")
            .map(|entry| entry.expect("an entry").path())
            .collect();
        assert_eq!(files.len(), 1, "{files:?}");
        files.remove(0)
    };
    let first = said(options());
    let kept = std::fs::read(artefact()).expect("read");
    let modified = || {
        artefact()
            .metadata()
            .expect("metadata")
            .modified()
            .expect("time")
    };

    let written = modified();
    assert_eq!(said(options()), first, "from the cache");
    assert_eq!(modified(), written, "it was not compiled again");

    let mut damaged = kept.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 0x40;
    std::fs::write(artefact(), &damaged).expect("written");
    assert_eq!(said(options()), first, "compiled again");
    assert_eq!(
        std::fs::read(artefact()).expect("read").len(),
        kept.len(),
        "and kept again"
    );
    assert_ne!(std::fs::read(artefact()).expect("read"), damaged);

    std::fs::write(dir.path().join("artefact.key"), [7; 64]).expect("written");
    let before = std::fs::read(artefact()).expect("read");
    assert_eq!(
        said(options()),
        first,
        "another key trusts nothing of the old one"
    );
    assert_ne!(std::fs::read(artefact()).expect("read"), before);
}
