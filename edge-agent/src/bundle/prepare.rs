//! The threads that make things ready beside the sessions: one a lane, with less claim to the
//! processor than whoever serves.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread,
};

use countersign_policy_engine::{Document, Engine, LoadedPolicy};

use super::{
    activate::describe,
    files::{BundleFiles, ItemKind},
    shelf::{Item, Lane, Made, Product, Shelf},
};

/// How much the threads yield to others (nice).
const YIELDING: i32 = 10;

/// Starts the threads; they end when the shelf is closed.
pub(super) fn start(engine: &Engine, files: &BundleFiles, shelf: &Arc<Shelf>) -> io::Result<()> {
    for lane in Lane::ALL {
        let (engine, files) = (engine.clone(), files.clone());
        let shelf = Arc::clone(shelf);
        thread::Builder::new()
            .name("policy-prepare".to_owned())
            .spawn(move || run(lane, &engine, &files, &shelf))?;
    }
    Ok(())
}

fn run(lane: Lane, engine: &Engine, files: &BundleFiles, shelf: &Shelf) {
    let mut yields = false;
    while let Some(item) = shelf.next_to_make(lane) {
        // Until there is a bundle nobody is served, and everybody waits for this.
        if !yields && shelf.is_in_use() {
            yields = true;
            // On Linux this is the thread alone.
            if let Err(error) = rustix::process::setpriority_process(None, YIELDING) {
                tracing::debug!(error = %error, "policies are compiled at the priority of sessions");
            }
        }
        let product = make(engine, files, &item);
        let usable = matches!(
            product,
            Some(Product::Module(Ok(_)) | Product::Document(Ok(_)))
        );
        tracing::info!(
            item.kind = item.kind.as_str(),
            item.digest = item.digest,
            usable,
            "prepared"
        );
        shelf.made(&item, product);
    }
}

/// Makes what is on disk ready; `None` where it is not there any more.
fn make(engine: &Engine, files: &BundleFiles, item: &Item) -> Option<Product> {
    let bytes = files.item(item.kind, &item.digest)?;
    // A compiler that gives up on one module must go on with the next.
    let made = catch_unwind(AssertUnwindSafe(|| match item.kind {
        ItemKind::Module => Product::Module(load(engine, &bytes)),
        ItemKind::Document => Product::Document(parse(&item.digest, &bytes)),
    }));
    Some(made.unwrap_or_else(|_| {
        let reason = "the compiler gave up on it".to_owned();
        match item.kind {
            ItemKind::Module => Product::Module(Err(reason)),
            ItemKind::Document => Product::Document(Err(reason)),
        }
    }))
}

pub(super) fn load(engine: &Engine, component: &[u8]) -> Made<LoadedPolicy> {
    engine.load(component).map_err(|error| describe(&error))
}

pub(super) fn parse(digest: &str, json: &[u8]) -> Made<Document> {
    Document::parse(digest, json).map_err(|error| describe(&error))
}
