//! What the listeners of all protocols share: an address, TLS towards clients, and connections that
//! are counted and get time to end.

mod tls;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use tls::TlsError;
pub(crate) use tls::{Tls, connector};

/// How long connections have to end when the edge shuts down.
const DRAIN_LIMIT: Duration = Duration::from_secs(10);
/// How long to wait after the system refused to accept a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// An address cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}")]
pub struct BindError {
    /// The address.
    pub address: SocketAddr,
    /// Why.
    pub source: io::Error,
}

/// An address that is bound, and not served yet.
#[derive(Debug)]
pub(crate) struct Socket {
    listener: TcpListener,
    address: SocketAddr,
}

impl Socket {
    pub(crate) async fn bind(address: SocketAddr) -> Result<Self, BindError> {
        let bound = |source| BindError { address, source };
        let listener = TcpListener::bind(address).await.map_err(bound)?;
        let address = listener.local_addr().map_err(bound)?;
        Ok(Self { listener, address })
    }

    /// The address, with the real port.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves connections until `shutdown`, and then until `tasks` have ended, which each of them is
    /// one of. One for which there is no permit is closed at once.
    pub(crate) async fn serve<F>(
        self,
        permits: &Arc<Semaphore>,
        tasks: TaskTracker,
        shutdown: CancellationToken,
        connection: impl Fn(TcpStream, SocketAddr, OwnedSemaphorePermit) -> F,
    ) where
        F: Future<Output = ()> + Send + 'static,
    {
        while let Some(accepted) = shutdown.run_until_cancelled(self.listener.accept()).await {
            match accepted {
                Ok((socket, client)) => {
                    let Ok(permit) = Arc::clone(permits).try_acquire_owned() else {
                        continue;
                    };
                    // Without it every answer waits for the client's acknowledgement; it cannot fail
                    // on a connected socket.
                    let _ = socket.set_nodelay(true);
                    tasks.spawn(connection(socket, client, permit));
                }
                Err(error) => {
                    tracing::warn!("cannot accept a connection: {error}");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
        drop(self.listener);
        tasks.close();
        if timeout(DRAIN_LIMIT, tasks.wait()).await.is_err() {
            tracing::warn!("{} connections did not end in time", tasks.len());
        }
    }
}
