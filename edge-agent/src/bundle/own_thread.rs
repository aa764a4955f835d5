//! A thread for each bundle. A large one is read into many small pieces, most of which are garbage as
//! soon as it is enforced; every thread that ever read one would keep room for them.

use std::{hint, thread, time::Duration};

use tokio::{runtime::Handle, sync::oneshot};

use super::ActivateError;

/// How long after a bundle the allocator is made to look at what is free: mimalloc gives back what
/// has been free for a second, and looks when a thread ends.
const AFTERWARDS: Duration = Duration::from_millis(1_500);

/// Does something with a bundle on a thread that ends with it. What it blocks is that thread.
pub(super) async fn on_own_thread<T: Send + 'static>(
    task: impl Future<Output = T> + Send + 'static,
) -> Result<T, ActivateError> {
    let runtime = Handle::current();
    let (done, ended) = oneshot::channel();
    start("bundle", move || {
        // Nobody waits any more when the edge shuts down.
        let _ = done.send(runtime.block_on(task));
    })?;
    let result = ended.await.map_err(|_| ActivateError::Interrupted);
    tokio::spawn(async {
        tokio::time::sleep(AFTERWARDS).await;
        // It has to use the allocator to end with it.
        let looked = start("bundle-after", || drop(hint::black_box(vec![0_u8; 64])));
        if let Err(error) = looked {
            tracing::debug!(error = %error, "free memory is kept for now");
        }
    });
    result
}

fn start(name: &str, run: impl FnOnce() + Send + 'static) -> Result<(), ActivateError> {
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(run)
        .map(drop)
        .map_err(ActivateError::Thread)
}
